import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';

const WRITE_EVERY_MS = 50;
const READ_EVERY_MS = 20;
/** After the last write, how long its arrival is waited for. */
const ARRIVES_WITHIN_MS = 60_000;

/**
 * One observed delay: when the change was sent, in seconds since the probe began, and how long
 * until a query saw it, in seconds.
 */
export interface Delay {
  readonly at: number;
  readonly seconds: number;
}

/** A row that a probe changes and reads: a number that each change makes greater by one. */
interface ProbeTarget {
  /** In the source: changes it. */
  readonly update: string;
  /** In the source: its number as `n`. */
  readonly now: string;
  /** In the warehouse: its number. */
  readonly shown: string;
}

const PROBE: ProbeTarget = {
  update: 'update probe set n = n + 1 where id = 1',
  now: 'select n from probe',
  shown: 'SELECT n FROM public.probe',
};

/** Makes the table that a probe updates; it has one row for ever. */
export async function makeProbe(client: Client): Promise<void> {
  await client.query('create table probe (id int primary key, n bigint)');
  await client.query('insert into probe values (1, 0)');
}

/**
 * Updates one row every 50 ms in a transaction of its own, and reads it from the warehouse's
 * endpoint every 20 ms: each delay runs from before the change was sent to after the answer that
 * shows it (or a later one) came, so it is never less than the true one.
 * It lasts some seconds, and then until `isOver`, asked before each update, says yes.
 * Throws when the warehouse ever shows another number of rows than one, or goes back.
 */
export async function probe(
  client: Client,
  { endpoint, seconds, isOver = () => true }: { endpoint: string; seconds: number; isOver?: (() => boolean) | undefined },
  target = PROBE,
): Promise<Delay[]> {
  const begun = performance.now();
  const sent: number[] = [];
  const delays: Delay[] = [];
  const { rows } = await client.query<{ n: string }>(target.now);
  const base = Number(rows[0]?.n);
  const written = new AbortController();
  let giveUp = Infinity;
  let last = -Infinity;
  const write = async (): Promise<void> => {
    while (!isOver() || performance.now() - begun < seconds * 1000) {
      sent.push(performance.now());
      await client.query(target.update);
      await sleep(WRITE_EVERY_MS);
    }
    giveUp = performance.now() + ARRIVES_WITHIN_MS;
    written.abort();
  };
  const read = async (): Promise<void> => {
    while (!written.signal.aborted || delays.length < sent.length) {
      if (performance.now() > giveUp) throw new Error(`${sent.length - delays.length} changes of the probe never arrived`);
      const shown = (await current(endpoint, target)) - base;
      const now = performance.now();
      if (shown < last) throw new Error(`the warehouse went back from change ${last} to ${shown}`);
      last = shown;
      // It is less than zero while a warehouse has not caught up with what came before.
      for (const at of sent.slice(delays.length, Math.max(0, shown))) delays.push({ at: (at - begun) / 1000, seconds: (now - at) / 1000 });
      await sleep(READ_EVERY_MS);
    }
  };
  await Promise.all([write(), read()]);
  return delays;
}

async function current(endpoint: string, { shown }: ProbeTarget): Promise<number> {
  const answer = await fetch(endpoint, { method: 'POST', body: `${shown} FORMAT TabSeparated` });
  const text = await answer.text();
  if (!answer.ok || !/^\d+\n$/.test(text)) throw new Error(`the warehouse answers ${answer.status} with: ${text.slice(0, 200)}`);
  return Number(text);
}
