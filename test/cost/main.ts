/**
 * `npm run test:cost`: counts what an idle and a busy lake cost, on S3 and in a directory, and
 * compares it with what `check` says. Seven minutes, nearly all of it waiting.
 * Exit 1 when a figure differs by more than a fifth. On S3 it needs versitygw.
 */
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { filesAnHour, priceOf, requestsAnHour } from '../../cli/check/lake-cost.ts';
import type { Requests } from '../../cli/check/lake-cost.ts';
import { startPostgres } from '../../cli/demo/postgres-server.ts';
import { chosenBinaries } from '../support/postgres-version.ts';
import { createPipeline } from '../support/pipeline.ts';
import { openDoor } from '../support/servers/http-door.ts';
import type { HttpDoor } from '../support/servers/http-door.ts';
import { startS3Server, VERSITYGW_MISSING } from '../support/servers/versitygw.ts';

const PORTS = ['--sql-port', '0', '--http-port', '0'];
const MAX_AGE_MS = 5_000;
/** By then every role has noticed that nothing happens. */
const CALM_MS = 130_000;
/** Two heartbeats, and two of the longest pauses between looks. */
const IDLE_MS = 120_000;
const BUSY_MS = 60_000;
/** What is said must be true within a fifth. */
const NEAR = 0.2;

await using server = await startPostgres({ binaries: await chosenBinaries() });
const client = new pg.Client(server.url);
await client.connect();
await client.query('create table t (id int primary key); insert into t values (1)');
let next = 2;

/** Small commits all the time, for as long as the work takes. */
async function during<T>(work: () => Promise<T>): Promise<T> {
  const ended = new AbortController();
  const writing = (async () => {
    for (; !ended.signal.aborted; next += 1) {
      await client.query(`insert into t values (${next})`);
      await sleep(50);
    }
  })();
  try {
    return await work();
  } finally {
    ended.abort();
    await writing;
  }
}

/** Requests within a time, for an hour. */
async function requests(door: HttpDoor, ms: number): Promise<Requests> {
  const before = door.counts();
  await sleep(ms);
  const after = door.counts();
  const anHour = (...methods: string[]): number =>
    methods.reduce((total, method) => total + (after.get(method) ?? 0) - (before.get(method) ?? 0), 0) * (3_600_000 / ms);
  return { writes: anHour('PUT', 'POST', 'LIST'), reads: anHour('GET', 'HEAD') };
}

function judge(what: string, { found, said, atMost = false }: { found: number; said: number; atMost?: boolean }): void {
  const right = found <= said * (atMost ? 1 : 1 + NEAR) && (atMost || found >= said * (1 - NEAR));
  process.stdout.write(
    `${right ? 'ok ' : 'NOT'} ${what}: ${found.toPrecision(3)}, said ${atMost ? 'at most ' : ''}${said.toPrecision(3)}\n`,
  );
  if (!right) process.exitCode = 1;
}

async function onS3(): Promise<void> {
  await using s3 = await startS3Server();
  if (s3 === null) throw new Error(VERSITYGW_MISSING);
  await using door = await openDoor(s3.endpoint);
  await using pipeline = createPipeline({ source: server.url });
  const place = { AWS_ENDPOINT_URL_S3: door.endpoint, TAILRACE_S3_PATH_STYLE: 'true', TAILRACE_LAKE: `s3://${s3.bucket}/cost` };
  await using run = pipeline.start(['run', ...PORTS], { ...s3.environment, ...place });
  await run.event('live');
  const busy = await during(async () => {
    await sleep(2 * MAX_AGE_MS);
    return requests(door, BUSY_MS);
  });
  await sleep(CALM_MS);
  const idle = await requests(door, IDLE_MS);
  judge('S3, dollars of a busy hour', { found: priceOf(busy), said: priceOf(requestsAnHour('busy', MAX_AGE_MS)) });
  judge('S3, dollars of an idle hour', { found: priceOf(idle), said: priceOf(requestsAnHour('idle', MAX_AGE_MS)) });
}

async function inDirectory(): Promise<void> {
  await using pipeline = createPipeline({ source: server.url });
  await using run = pipeline.start(['run', ...PORTS]);
  await run.event('live');
  const files = async (ms: number): Promise<number> => {
    const before = readdirSync(pipeline.lake, { recursive: true }).length;
    await sleep(ms);
    return (readdirSync(pipeline.lake, { recursive: true }).length - before) * (3_600_000 / ms);
  };
  const busy = await during(() => files(10_000));
  // What the last changes caused is over after a heartbeat.
  await sleep(65_000);
  judge('directory, files of a busy hour', { found: busy, said: filesAnHour('busy'), atMost: true });
  judge('directory, files of an idle hour', { found: await files(IDLE_MS), said: filesAnHour('idle') });
}

await onS3();
await inDirectory();
await client.end();
