import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { PostgresServer } from '../../cli/demo/postgres-server.ts';
import { abortableSleep } from '../../core/loop.ts';
import { elapsed } from '../../core/time.ts';

const MAIN = `${import.meta.dirname}/main.ts`;
const TICK_MS = 50;
/** A batch that gets no 202 is sent again after this time. */
const RETRY_MS = 100;
const ANSWER_MS = 15_000;

export interface EndureOptions {
  readonly postgres: PostgresServer;
  readonly seconds: number;
  /** Events per second. */
  readonly rate: number;
  /** Moments from the start at which the collector dies by SIGKILL. */
  readonly killCollectorAtMs: readonly number[];
  /** Moments from the start at which Postgres dies by SIGKILL, and is started again. */
  readonly killPostgresAtMs: readonly number[];
  readonly say: (line: string) => void;
}

export interface Endured {
  /** Ids that were answered 202. */
  readonly answered: ReadonlySet<string>;
  readonly made: number;
  /** Requests without a 202. */
  readonly failed: number;
  readonly duplicates: number;
}

/**
 * Sends events at a steady rate while the collector and Postgres are killed. A client repeats each
 * request until it gets a 202, and repeats every tenth one after that too. Resolves when every
 * event is answered.
 */
export async function endure(options: EndureOptions): Promise<Endured> {
  const { postgres, seconds, rate, say } = options;
  await using collector = new CollectorProcess(postgres.url);
  await collector.start(0);
  const url = `${collector.url}v1/events`;
  const answered = new Set<string>();
  const counts = { made: 0, failed: 0, duplicates: 0 };
  const never = new AbortController().signal;

  async function deliver(events: readonly { id: string }[], repeat: boolean): Promise<void> {
    for (;;) {
      const answer = await post(url, events);
      if (answer === null) {
        counts.failed += 1;
        await abortableSleep(RETRY_MS, never);
        continue;
      }
      if (answer.accepted + answer.duplicates !== events.length)
        throw new Error(`${events.length} events were answered ${JSON.stringify(answer)}`);
      counts.duplicates += answer.duplicates;
      for (const { id } of events) answered.add(id);
      if (!repeat) return;
      return deliver(events, false);
    }
  }

  const startedAt = elapsed();
  const at = (ms: number): Promise<void> => abortableSleep(Math.max(0, startedAt + ms - elapsed()), never);
  const killing = Promise.all([
    ...options.killCollectorAtMs.map(async (ms) => {
      await at(ms);
      await collector.kill();
      await collector.start(Number(new URL(url).port));
      say(`collector killed and started again after ${Math.round(elapsed() - startedAt - ms)} ms`);
    }),
    ...options.killPostgresAtMs.map(async (ms) => {
      await at(ms);
      await crash(postgres);
      say(`Postgres killed and started again after ${Math.round(elapsed() - startedAt - ms)} ms`);
    }),
  ]);
  const deliveries: Promise<void>[] = [];
  for (let turn = 0; elapsed() - startedAt < seconds * 1000; turn += 1) {
    const due = Math.floor(((elapsed() - startedAt) / 1000) * rate) - counts.made;
    counts.made += due;
    if (due > 0) deliveries.push(deliver(Array.from({ length: due }, eventNow), turn % 10 === 0));
    await abortableSleep(TICK_MS, never);
  }
  await killing;
  await Promise.all(deliveries);
  return { answered, ...counts };
}

function eventNow(): { id: string } {
  const total = Math.floor(Math.random() * 10_000) / 100;
  const event = { at: new Date().toISOString(), customer_id: 7, kind: 'order', payload: { product_id: 42, total } };
  return { id: randomUUID(), ...event };
}

/** The body of a 202; null: there was no answer, or another one. */
async function post(url: string, events: readonly object[]): Promise<{ accepted: number; duplicates: number } | null> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(events),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const body = (await response.json()) as { accepted: number; duplicates: number };
    return response.status === 202 ? body : null;
  } catch {
    return null;
  }
}

/** Kills Postgres and starts it again, as soon as its processes let go of the shared memory. */
async function crash(postgres: PostgresServer): Promise<void> {
  if (postgres.pid !== undefined) process.kill(postgres.pid, 'SIGKILL');
  for (let attempt = 0; ; attempt += 1) {
    await postgres.stop('immediate');
    const failure: unknown = await postgres.start().then(
      () => null,
      (error: unknown) => error,
    );
    if (failure === null) return;
    if (attempt > 100) throw failure;
    await abortableSleep(RETRY_MS, new AbortController().signal);
  }
}

/** The collector as a process of its own. */
class CollectorProcess implements AsyncDisposable {
  readonly #source: string;
  #child: ChildProcess | null = null;
  url = '';

  constructor(source: string) {
    this.#source = source;
  }

  /** Resolves when it listens. */
  async start(port: number): Promise<void> {
    const child = spawn(process.execPath, [MAIN, '--source', this.#source, '--port', String(port)], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#child = child;
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    this.url = (JSON.parse(line) as { url: string }).url;
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
