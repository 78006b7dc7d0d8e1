/**
 * The builder's door: POST /build on the endpoint of an embedded warehouse, for processes of ours
 * that build models.
 * In: statements that are trusted, because their sender could read the owner's token, and requests
 * for locks. Out: rows as JSON lines.
 * Invariants: a sender that disconnects ends its statements, except those that run together; a lock
 * is a connection, so the death of its holder frees it at once.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { raisedHere } from './clickhouse-code.ts';
import type { Engine } from './engine.ts';

/** The body of a request to the door. */
const buildRequest = z.object({
  /** `effect` and `rows`: one statement; `together`: as Engine.execTogether. */
  as: z.enum(['effect', 'rows', 'together']),
  statements: z.array(z.string()),
  limits: z.object({ memoryBytes: z.number(), threads: z.number() }),
});
export type BuildRequest = z.infer<typeof buildRequest>;

/** Status of the answer when another process has the lock. */
export const LOCKED = 423;

/** Serves one endpoint. */
export class BuilderDoor {
  readonly #engine: Engine;
  /** By the name of a lock: its holder first, then those that wait, in the order they came. */
  readonly #lines = new Map<string, ServerResponse[]>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Answers a request whose sender has shown the token. Errors are the engine's. */
  async answer(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Statements and locks last as long as they need.
    request.socket.setTimeout(0);
    const lock = url.searchParams.get('lock');
    if (lock !== null) return this.#hold(lock, response, { wait: url.searchParams.get('wait') === '1' });
    const call = buildRequest.safeParse(await json(request).catch(() => null));
    if (!call.success || this.#engine.build === undefined) throw raisedHere(36, 'this is not a request to build. (BAD_ARGUMENTS)');
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const rows = await this.#engine.build({ ...call.data, signal: gone.signal });
    response.setHeader('Content-Type', 'application/x-ndjson');
    response.end(rows);
  }

  /** The answer begins when the sender has the lock, and ends with its connection. */
  #hold(lock: string, response: ServerResponse, { wait }: { wait: boolean }): void {
    const line = this.#lines.get(lock) ?? [];
    this.#lines.set(lock, line);
    if (line.length > 0 && !wait) {
      response.statusCode = LOCKED;
      response.end();
      return;
    }
    line.push(response);
    response.once('close', () => {
      const place = line.indexOf(response);
      line.splice(place, 1);
      if (place === 0) line[0]?.flushHeaders();
    });
    if (line[0] === response) response.flushHeaders();
  }
}
