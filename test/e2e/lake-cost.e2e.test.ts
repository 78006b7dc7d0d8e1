import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { filesAnHour, priceOf, requestsAnHour } from '../../cli/check/lake-cost.ts';
import type { Requests } from '../../cli/check/lake-cost.ts';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { openDoor } from '../support/servers/http-door.ts';
import type { HttpDoor } from '../support/servers/http-door.ts';
import { startS3Server } from '../support/servers/versitygw.ts';

const PORTS = ['--sql-port', '0', '--http-port', '0'];
const MAX_AGE_MS = 5_000;
/** By then every role has noticed that nothing happens. */
const CALM_MS = 120_000;
/** Two heartbeats, and two of the longest pauses between looks. */
const IDLE_MS = 120_000;
const BUSY_MS = 30_000;

const server = await startS3Server();
afterAll(() => server?.[Symbol.asyncDispose]());

/** Requests within a time, for an hour. */
async function requests(door: HttpDoor, ms: number): Promise<Requests> {
  const before = door.counts();
  await sleep(ms);
  const anHour = (...methods: string[]): number =>
    methods.reduce((sum, method) => sum + (door.counts().get(method) ?? 0) - (before.get(method) ?? 0), 0) * (3_600_000 / ms);
  return { writes: anHour('PUT', 'POST', 'LIST'), reads: anHour('GET', 'HEAD') };
}

/** Small commits all the time, until it is stopped. */
function changes(database: TestDatabase): () => Promise<void> {
  const stop = new AbortController();
  const writing = (async () => {
    for (let id = 2; !stop.signal.aborted; id += 1) {
      await database.query(`insert into t values (${id})`);
      await sleep(50);
    }
  })();
  return async () => {
    stop.abort();
    await writing;
  };
}

/** What `check` says must be true within a fifth. */
function expectNear(found: number, said: number): void {
  expect(found / said).toBeGreaterThan(0.8);
  expect(found / said).toBeLessThan(1.2);
}

describe.skipIf(server === null)('on S3 (needs versitygw or TEST_S3_ENDPOINT)', () => {
  test.concurrent('an idle day and a busy one cost what check says', { timeout: 600_000 }, async () => {
    await using door = await openDoor(server?.endpoint ?? '');
    await using database = await createDatabase();
    await database.query('create table t (id int primary key); insert into t values (1)');
    await using pipeline = createPipeline({ source: database.url });
    const place = { AWS_ENDPOINT_URL_S3: door.endpoint, TAILRACE_S3_PATH_STYLE: 'true', TAILRACE_LAKE: `s3://${server?.bucket}/cost` };
    await using run = pipeline.start(['run', ...PORTS], { ...server?.environment, ...place });
    await run.event('live');
    const stop = changes(database);
    await sleep(2 * MAX_AGE_MS);
    expectNear(priceOf(await requests(door, BUSY_MS)), priceOf(requestsAnHour('busy', MAX_AGE_MS)));
    await stop();
    await sleep(CALM_MS);
    expectNear(priceOf(await requests(door, IDLE_MS)), priceOf(requestsAnHour('idle', MAX_AGE_MS)));
  });
});

test.concurrent('a directory gets the files that check says', { timeout: 600_000 }, async () => {
  await using database = await createDatabase();
  await database.query('create table t (id int primary key); insert into t values (1)');
  await using pipeline = createPipeline({ source: database.url });
  await using run = pipeline.start(['run', ...PORTS]);
  await run.event('live');
  const files = async (ms: number): Promise<number> => {
    const before = readdirSync(pipeline.lake, { recursive: true }).length;
    await sleep(ms);
    return (readdirSync(pipeline.lake, { recursive: true }).length - before) * (3_600_000 / ms);
  };
  const stop = changes(database);
  await sleep(1_000);
  const busy = await files(10_000);
  await stop();
  expect(busy).toBeLessThan(filesAnHour('busy'));
  expect(busy).toBeGreaterThan(filesAnHour('idle'));
  // What the last changes caused is over after a heartbeat.
  await sleep(65_000);
  expectNear(await files(120_000), filesAnHour('idle'));
});
