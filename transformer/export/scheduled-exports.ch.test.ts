import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ExportPlan } from '../../core/sections/config-exports.ts';
import { silentLogger } from '../../core/log.ts';
import { wall } from '../../core/time.ts';
import { DirectoryStore } from '../../lake/store/directory-store.ts';
import { readExport } from '../../test/support/export-reader.ts';
import { MemoryStore } from '../../test/support/memory-store.ts';
import { scratch } from '../../test/support/scratch.ts';
import type { Scratch } from '../../test/support/scratch.ts';
import { sql } from '../../warehouse-sql/load.ts';
import { EmbeddedEngine } from '../../warehouse/embedded-engine.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { ScheduledExports } from './scheduled-exports.ts';

const log = silentLogger();
const DAY_MS = 24 * 60 * 60_000;
/** Noon, ten days ago: tailrace.exports forgets after 400. */
const START_MS = (Math.floor(wall() / DAY_MS) - 10.5) * DAY_MS;

let home: Scratch;
let engine: EmbeddedEngine;

beforeAll(async () => {
  home = await scratch('tailrace-export');
  engine = await EmbeddedEngine.open({ directory: join(home.path, 'wh'), log });
  await engine.exec('CREATE DATABASE tailrace');
  await engine.exec('CREATE DATABASE tailrace_models');
  await engine.exec(sql('create-model-records', { settings: '' }));
}, 60_000);

afterAll(async () => {
  await engine.close();
  await home[Symbol.asyncDispose]();
});

/** Publishes `marts.sums` as a run does: another storage, then the record; the old storage goes. */
async function publish(run: number, rows: number): Promise<void> {
  await engine.exec(
    `CREATE TABLE tailrace_models.r${run}_0 (id Int64, quarter Date, _tr_version UInt64, _tr_deleted UInt8) ENGINE = ReplacingMergeTree(_tr_version, _tr_deleted) ORDER BY (id, quarter)`,
  );
  await engine.exec(
    `INSERT INTO tailrace_models.r${run}_0 SELECT number, toDate('2026-01-01') + 90 * (number % 2), 1, 0 FROM numbers(${rows})`,
  );
  await engine.exec(`INSERT INTO tailrace_models.r${run}_0 SELECT number, toDate('2026-01-01'), 2, 1 FROM numbers(1)`);
  await engine.exec(
    `INSERT INTO tailrace.model_records (model, kind, lsn, as_of, storage, seq) VALUES ('marts.sums', 'incremental', '0/${run}', '2026-02-10 11:59:00.5', 'tailrace_models.r${run}_0', ${run})`,
  );
  await engine.exec(`DROP TABLE IF EXISTS tailrace_models.r${run - 1}_0 SYNC`);
}

/** An engine that closes alone: the one below serves all tests. */
function borrowed(through: (sqlText: string) => Promise<void> = async () => {}): Engine {
  return {
    traits: engine.traits,
    exec: async (text) => {
      await through(text);
      await engine.exec(text);
    },
    execTogether: (texts) => engine.execTogether(texts),
    query: (text) => engine.query(text),
    read: (request) => engine.read(request),
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

function scheduled(plan: Partial<ExportPlan>, openBuilder = async (): Promise<Engine> => borrowed()): ScheduledExports {
  return new ScheduledExports({
    plans: [
      {
        table: 'marts.sums',
        to: join(home.path, 'out'),
        cron: { pattern: '@daily', timezone: 'UTC' },
        partition: 'quarter',
        keep: 2,
        ...plan,
      },
    ],
    openBuilder,
    store: new MemoryStore(),
    warehouseId: 'w',
    s3PathStyle: false,
    asking: { signal: new AbortController().signal },
    log,
  });
}

async function tick(exports: ScheduledExports, nowMs: number): Promise<void> {
  exports.tick(nowMs);
  await exports.settled();
}

const place = (): DirectoryStore => new DirectoryStore(join(home.path, 'out'));
const rowsOf = async (): Promise<number> => (await readExport(place(), 'marts.sums')).rows.length;

test('a model is exported at its times as it was published last, and a restart knows which have passed', async () => {
  await publish(1, 100);
  const exports = scheduled({});
  await tick(exports, START_MS);
  expect(exports.reports()).toEqual([{ table: 'marts.sums', to: join(home.path, 'out'), lsn: null, asOf: null, error: null }]);
  await tick(exports, START_MS + DAY_MS);
  const { manifest, rows } = await readExport(place(), 'marts.sums');
  expect(manifest).toMatchObject({ lsn: '0/1', asOf: '2026-02-10T11:59:00.500000Z', partition: 'quarter', rows: 99 });
  expect(manifest.columns).toEqual([
    { name: 'id', type: 'Int64' },
    { name: 'quarter', type: 'Date' },
  ]);
  expect(rows.some(({ id }) => id === 0n)).toBe(false);
  expect(exports.reports()).toMatchObject([{ lsn: '0/1', error: null }]);

  await publish(2, 200);
  await tick(exports, START_MS + DAY_MS + 1000);
  expect(await rowsOf()).toBe(99);
  // Three days pass while nothing runs.
  const later = scheduled({});
  await tick(later, START_MS + 4 * DAY_MS);
  expect(await rowsOf()).toBe(199);
  await tick(later, START_MS + 4 * DAY_MS + 1000);
  const [history] = await engine.query('SELECT groupArray(status) AS done FROM (SELECT status FROM tailrace.exports ORDER BY started_at)');
  expect(history).toEqual({ done: ['exported', 'exported'] });
  expect(await engine.query("SELECT name FROM system.tables WHERE database = 'tailrace_exports'")).toEqual([]);
});

test.each([
  ['before its clone is created', 'CREATE TABLE `tailrace_exports`', 3],
  ['before its clone is filled', 'ATTACH PARTITION', 5],
])('an export is of one version though a run publishes another while it is read: %s', async (_when, statement, run) => {
  await publish(run, 300);
  let published = false;
  const open = async (): Promise<Engine> =>
    borrowed(async (text) => {
      if (published || !text.includes(statement)) return;
      published = true;
      await publish(run + 1, 400);
    });
  const exports = scheduled({ to: join(home.path, `race${run}`) }, open);
  await tick(exports, START_MS);
  await tick(exports, START_MS + DAY_MS);
  const { manifest } = await readExport(new DirectoryStore(join(home.path, `race${run}`)), 'marts.sums');
  expect(manifest).toMatchObject({ lsn: `0/${run + 1}`, rows: 399 });
  expect(await engine.query("SELECT name FROM system.tables WHERE database = 'tailrace_exports'")).toEqual([]);
});

test('a failed export is told without values, repeated, and then it is over', async () => {
  const exports = scheduled({ partition: 'nothing', to: join(home.path, 'bad') });
  await tick(exports, START_MS);
  await tick(exports, START_MS + DAY_MS);
  expect(exports.reports()).toMatchObject([{ lsn: null, error: { code: 'BAD_ARGUMENT' } }]);
  expect(exports.reports()[0]?.error?.message).not.toContain('nothing');
  const repaired = scheduled({ to: join(home.path, 'bad') });
  await tick(repaired, START_MS + DAY_MS + 1000);
  expect(repaired.reports()).toMatchObject([{ lsn: null, error: { code: 'BAD_ARGUMENT' } }]);
  await tick(repaired, START_MS + DAY_MS + 61_000);
  expect(repaired.reports()).toMatchObject([{ lsn: '0/6', error: null }]);
  expect(await readdir(join(home.path, 'bad'))).toEqual(['marts.sums']);
});
