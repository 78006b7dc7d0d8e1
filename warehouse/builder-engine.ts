import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { BuilderHold, BuilderLock, HoldOptions } from '../core/builder-hold.ts';
import { TailraceError } from '../core/errors.ts';
import { working } from '../core/loop.ts';
import { answerLines } from './wire/answer-lines.ts';
import { LOCKED } from './builder-door.ts';
import type { BuildRequest } from './builder-door.ts';
import { engineError, parseClickhouseCode } from './clickhouse-code.ts';
import type { BuildLimits, Engine, ReadRequest, ReadResult } from './engine.ts';
import { readOverHttp } from './http-read.ts';
import { Lane } from './lane.ts';
import { TOKEN_HEADER } from './owner.ts';

export interface BuilderOptions {
  /** URL of the owner's endpoint, from owner.json. */
  readonly endpoint: string;
  readonly token: string;
  readonly limits: BuildLimits;
}

/**
 * An embedded warehouse that another process owns, for a process that builds models. Each statement
 * has a session and a connection of its own, so it ends when this process dies. When the owner has
 * ended, every call fails with WAREHOUSE_UNAVAILABLE: open the warehouse again.
 */
export class BuilderEngine implements Engine {
  readonly traits = { ownsDirectory: false, readsLocalFiles: true, diesAlone: true };
  readonly #endpoint: URL;
  readonly #headers: Record<string, string>;
  readonly #limits: BuildLimits;
  readonly #effects = new Lane(['only']);
  readonly #closed = new AbortController();

  constructor({ endpoint, token, limits }: BuilderOptions) {
    this.#endpoint = new URL(endpoint);
    this.#headers = { [TOKEN_HEADER]: token };
    this.#limits = limits;
  }

  async exec(sql: string): Promise<void> {
    await this.#effects.run(() => this.#build({ as: 'effect', statements: [sql] }));
  }

  async execTogether(statements: readonly string[]): Promise<void> {
    await this.#effects.run(() => this.#build({ as: 'together', statements: [...statements] }));
  }

  async query<T extends object>(sql: string): Promise<T[]> {
    return answerLines<T>(await this.#build({ as: 'rows', statements: [sql] }));
  }

  async read(request: ReadRequest): Promise<ReadResult> {
    const signal = AbortSignal.any([this.#closed.signal, ...(request.signal ? [request.signal] : [])]);
    try {
      return await readOverHttp(this.#endpoint, this.#headers, { ...request, signal });
    } catch (error) {
      throw this.#unavailable(error);
    }
  }

  /** The lock is a connection to the owner; it is lost when the owner ends. */
  async hold(lock: BuilderLock, { wait, signal }: HoldOptions): Promise<BuilderHold> {
    // Only the waiting ends with the signal: a lock that is held outlasts it.
    const waiting = new AbortController();
    const stop = (): void => waiting.abort();
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted === true) stop();
    const url = new URL(`/build?lock=${lock}&wait=${wait ? 1 : 0}`, this.#endpoint);
    const response = await this.#send(url, null, AbortSignal.any([this.#closed.signal, waiting.signal]))
      .catch((error: unknown) => Promise.reject(waiting.signal.aborted ? inUse(lock) : error))
      .finally(() => signal?.removeEventListener('abort', stop));
    if (response.statusCode === LOCKED) throw inUse(lock);
    if (response.statusCode !== 200) throw notOpen();
    return held(response);
  }

  close(): Promise<void> {
    this.#closed.abort();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #build(call: Omit<BuildRequest, 'limits'>): Promise<Uint8Array> {
    const body = JSON.stringify({ ...call, limits: this.#limits } satisfies BuildRequest);
    const response = await this.#send(new URL('/build', this.#endpoint), body, this.#closed.signal);
    const bytes = await buffer(response).catch((error: unknown) => Promise.reject(this.#unavailable(error)));
    if (response.statusCode === 200) return bytes;
    const said = bytes.toString('utf8').trim();
    const code = parseClickhouseCode(said);
    throw code === null ? notOpen() : engineError(code, said, { ofBuilder: true });
  }

  async #send(url: URL, body: string | null, signal: AbortSignal): Promise<IncomingMessage> {
    try {
      if (this.#closed.signal.aborted) throw new Error('closed');
      return await working(
        new Promise<IncomingMessage>((resolve, reject) => {
          // A connection that is kept may be closed by the owner just when it is used again, and
          // then nobody knows whether the statement ran.
          httpRequest(url, { method: 'POST', agent: false, headers: this.#headers, signal }, resolve)
            .on('error', reject)
            .end(body ?? undefined);
        }),
      );
    } catch (error) {
      throw this.#unavailable(error);
    }
  }

  #unavailable(error: unknown): TailraceError {
    if (error instanceof TailraceError) return error;
    if (this.#closed.signal.aborted) return new TailraceError('WAREHOUSE_UNAVAILABLE', 'the warehouse is closed');
    const reason = error instanceof Error ? error.message : String(error);
    return new TailraceError('WAREHOUSE_UNAVAILABLE', `the owner of the warehouse does not answer: ${reason}`, { cause: error });
  }
}

function held(response: IncomingMessage): BuilderHold {
  const lost = new AbortController();
  let released = false;
  response.on('error', () => undefined);
  response.once('close', () => {
    if (!released) lost.abort();
  });
  response.resume();
  const release = (): Promise<void> => {
    released = true;
    response.destroy();
    return Promise.resolve();
  };
  return { lost: lost.signal, release, [Symbol.asyncDispose]: release };
}

function inUse(lock: BuilderLock): TailraceError {
  const what = lock === 'role' ? 'another transform role builds the models of this warehouse' : 'another process builds models now';
  return new TailraceError('TRANSFORM_IN_USE', what);
}

/** The owner began again with another token, or it is an older version. */
function notOpen(): TailraceError {
  return new TailraceError('WAREHOUSE_UNAVAILABLE', 'the owner of the warehouse does not let this process build models');
}
