import { expect, onTestFinished, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { MemoryStore } from '../test/support/memory-store.ts';
import { connect } from '../postgres/session/connect.ts';
import { collect } from '../test/support/collect.ts';
import { holdOnce } from '../test/support/warehouse/holding-compactor.ts';
import { verifyBench } from '../test/support/warehouse/verify-bench.ts';
import type { VerifyBench } from '../test/support/warehouse/verify-bench.ts';
import { verify } from './verify.ts';

async function bench(): Promise<VerifyBench> {
  const made = await verifyBench();
  onTestFinished(() => made[Symbol.asyncDispose]());
  return made;
}

const EQUAL = { match: true, differingKeys: [], differences: [], error: null };

test('equal tables of every kind match, also while the application goes on', async () => {
  const { database, copied, verify: verifyAgainst } = await bench();
  await database.query(`
    CREATE TABLE keyed (a int, b timestamptz, note text, PRIMARY KEY (b, a));
    INSERT INTO keyed VALUES (1, 'infinity', 'x'), (2, '-infinity', NULL), (3, '2024-01-01', repeat('wide', 10000));
    CREATE TABLE listed (k int[] PRIMARY KEY); INSERT INTO listed VALUES ('{1,2}'), ('{}');
    CREATE TABLE full_rows (v text); ALTER TABLE full_rows REPLICA IDENTITY FULL; INSERT INTO full_rows VALUES ('a'), ('a'), (NULL), ('b');
    CREATE TABLE log (v int); INSERT INTO log VALUES (1), (1), (2);
    CREATE TABLE empty (id int PRIMARY KEY);
    CREATE TABLE "Odd ""Name""" ("a\`b" int PRIMARY KEY); INSERT INTO "Odd ""Name""" VALUES (1);
    CREATE TABLE root (k int PRIMARY KEY) PARTITION BY RANGE (k); CREATE TABLE leaf PARTITION OF root FOR VALUES FROM (0) TO (9);
    CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES;
    CREATE TABLE heir () INHERITS (log); INSERT INTO heir VALUES (99);`);
  const clones = await copied(
    'public.keyed',
    'public.listed',
    'public.full_rows',
    'public.log',
    'public.empty',
    'public."Odd ""Name"""',
    'public.root',
    'public.nothing',
  );
  const report = await verifyAgainst(clones, {
    atPoint: () => database.query('INSERT INTO keyed VALUES (9, now()); DELETE FROM full_rows; INSERT INTO root VALUES (1)'),
  });
  expect(report.lsn).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
  expect(report.match).toBe(true);
  expect(report.tables.map(({ table, sourceRows, warehouseRows, ...rest }) => [table, sourceRows, warehouseRows, rest])).toEqual([
    ['public.keyed', 3, 3, EQUAL],
    ['public.listed', 2, 2, EQUAL],
    ['public.full_rows', 4, 4, EQUAL],
    ['public.log', 3, 3, EQUAL],
    ['public.empty', 0, 0, EQUAL],
    ['public."Odd ""Name"""', 1, 1, EQUAL],
    ['public.root', 0, 0, EQUAL],
    ['public.nothing', 1, 1, EQUAL],
  ]);
});

test('a value, a row too many and a row too few are found and named by key', async () => {
  const { database, copied, verify: verifyAgainst } = await bench();
  await database.query(
    `CREATE TABLE t (a int, b text, v text, PRIMARY KEY (a, b)); INSERT INTO t SELECT i, 'k,' || i, 'v' FROM generate_series(1, 1000) i`,
  );
  const clones = await copied('public.t');
  await database.query(`UPDATE t SET v = NULL WHERE a = 1; DELETE FROM t WHERE a = 2; INSERT INTO t VALUES (2000, 'new', 'v')`);
  const report = await verifyAgainst(clones);
  expect(report).toMatchObject({
    match: false,
    tables: [{ table: 'public.t', match: false, sourceRows: 1000, warehouseRows: 1000, error: '3 keys differ' }],
  });
  expect(report.tables[0]?.differingKeys).toEqual(['1, k,1', '2, k,2', '2000, new']);
});

test('of many differing keys the first twenty are named and all are counted', async () => {
  const { database, copied, verify: verifyAgainst } = await bench();
  await database.query('CREATE TABLE t (a int PRIMARY KEY, v int); INSERT INTO t SELECT i, i FROM generate_series(1, 500) i');
  const clones = await copied('public.t');
  await database.query('UPDATE t SET v = -v WHERE a <= 300');
  const [table] = (await verifyAgainst(clones)).tables;
  expect(table).toMatchObject({ match: false, error: '300 keys differ' });
  expect(table?.differingKeys.length).toBe(20);
});

test('rows without a key are compared as often as they are there', async () => {
  const { database, engine, copied, verify: verifyAgainst } = await bench();
  await database.query(`CREATE TABLE t (v text); ALTER TABLE t REPLICA IDENTITY FULL; INSERT INTO t VALUES ('a'), ('a'), ('b')`);
  const clones = await copied('public.t');
  await engine.exec(`INSERT INTO ${clones[0]?.clone} VALUES ('gone', map(), 2, 0, 1), ('gone', map(), 3, 0, -1)`);
  expect(await verifyAgainst(clones)).toMatchObject({ match: true, tables: [{ sourceRows: 3, warehouseRows: 3 }] });
  await database.query(`DELETE FROM t WHERE ctid = '(0,1)'`);
  expect(await verifyAgainst(clones)).toMatchObject({
    match: false,
    tables: [{ match: false, sourceRows: 2, warehouseRows: 3, error: '1 rows differ' }],
  });
});

test('only numbers of rows are compared if that is asked for', async () => {
  const { database, engine, copied, verify: verifyAgainst } = await bench();
  await database.query(`
    CREATE TABLE t (a int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'v' FROM generate_series(1, 100) i;
    CREATE TABLE full_rows (v text); ALTER TABLE full_rows REPLICA IDENTITY FULL; INSERT INTO full_rows VALUES ('a'), ('a'), ('b');
    CREATE TABLE empty (id int PRIMARY KEY); CREATE TABLE log (v int); INSERT INTO log VALUES (1), (2)`);
  const clones = await copied('public.t', 'public.full_rows', 'public.empty', 'public.log');
  await engine.exec(`INSERT INTO ${clones[1]?.clone} VALUES ('gone', map(), 2, 0, 1), ('gone', map(), 3, 0, -1)`);
  await database.query('UPDATE t SET v = NULL WHERE a = 1');
  expect(await verifyAgainst(clones, { rowsOnly: true })).toMatchObject({
    match: true,
    tables: [{ sourceRows: 100, warehouseRows: 100 }, { sourceRows: 3 }, { sourceRows: 0, warehouseRows: 0 }, { sourceRows: 2 }],
  });
  await database.query('DELETE FROM t WHERE a > 90; DELETE FROM log WHERE v = 1');
  const report = await verifyAgainst(clones, { rowsOnly: true });
  expect(report.tables[0]).toMatchObject({ match: false, error: '90 rows at the source, 100 in the warehouse', differingKeys: [] });
  expect(report.tables[3]).toMatchObject({ match: null, sourceRows: 1, warehouseRows: 2, error: expect.stringContaining('append-only') });
});

test('an append-only table whose rows were changed at the source is not comparable, and says why', async () => {
  const { database, copied, verify: verifyAgainst } = await bench();
  await database.query('CREATE TABLE log (v int); INSERT INTO log VALUES (1), (2)');
  const clones = await copied('public.log');
  await database.query('UPDATE log SET v = 3 WHERE v = 2');
  const report = await verifyAgainst(clones);
  expect(report).toMatchObject({
    match: null,
    tables: [{ match: null, sourceRows: 2, warehouseRows: 2, error: expect.stringContaining('append-only') }],
  });
});

test('tables that are parked, gone, altered or rewritten are not comparable; the others are compared all the same', async () => {
  const { database, copied, verify: verifyAgainst } = await bench();
  await database.query(`
    CREATE TABLE fine (id int PRIMARY KEY); INSERT INTO fine VALUES (1);
    CREATE TABLE gone (id int PRIMARY KEY);
    CREATE TABLE rewritten (id int PRIMARY KEY, v int); INSERT INTO rewritten VALUES (1, 1);
    CREATE TABLE wider (id int PRIMARY KEY)`);
  const [fine, gone, rewritten, wider] = await copied('public.fine', 'public.gone', 'public.rewritten', 'public.wider');
  if (!fine || !gone || !rewritten || !wider) throw new Error('not copied');
  await database.query('ALTER TABLE wider ADD late int; DROP TABLE gone');
  const parked = { ...fine, table: 'public.parked', clone: null, state: 'parked', error: 'WAREHOUSE_QUERY: broken' };
  const report = await verifyAgainst([parked, gone, rewritten, wider, fine], {
    atPoint: () => database.query('ALTER TABLE rewritten ALTER v TYPE bigint'),
  });
  expect(report.match).toBe(null);
  expect(report.tables.map(({ table, match, error }) => [table, match, error])).toEqual([
    ['public.parked', null, 'WAREHOUSE_QUERY: broken'],
    ['public.gone', null, expect.stringContaining('does not exist at the source')],
    ['public.rewritten', null, expect.stringMatching(/changed its columns|was rewritten/)],
    ['public.wider', null, expect.stringContaining('late')],
    ['public.fine', true, null],
  ]);
});

test('only the tables asked for are compared, and an unknown one is named', async () => {
  const { database, copied, verify: verifyAgainst } = await bench();
  await database.query('CREATE TABLE one (id int PRIMARY KEY); CREATE TABLE two (id int PRIMARY KEY)');
  const clones = await copied('public.one', 'public.two');
  expect((await verifyAgainst(clones, { tables: ['public.two'] })).tables.map(({ table }) => table)).toEqual(['public.two']);
  await expect(verifyAgainst(clones, { tables: ['public.three'] })).rejects.toThrow('NO_SUCH_TABLE: not in the warehouse: public.three');
});

test('without a compactor it ends with NOT_RUNNING and leaves no open request', async () => {
  const { database, engine } = await bench();
  const store = new MemoryStore();
  const options = { source: { url: database.url }, store, engine, tables: null, log: silentLogger(), heldWithinMs: 200 };
  await expect(verify(options)).rejects.toThrow('NOT_RUNNING');
  const keys = (await collect(store.list('control/'))).map(({ key }) => key);
  expect(keys.filter((key) => key.endsWith('.done.json')).length).toBe(1);
});

test('an open transaction at the source is named and the compactor is let go', async () => {
  const { database, engine } = await bench();
  await using writer = await connect({ url: database.url });
  await database.query('CREATE TABLE t (id int PRIMARY KEY)');
  await writer.query('begin');
  await writer.query('INSERT INTO public.t VALUES (1)');
  const store = new MemoryStore();
  holdOnce(store, async () => []).catch(() => undefined);
  // Short, since it keeps every other test of this server from making a slot.
  const options = { source: { url: database.url }, store, engine, tables: null, log: silentLogger(), lockTimeoutMs: 300 };
  await expect(verify(options)).rejects.toThrow('SLOT_BLOCKED');
  const keys = (await collect(store.list('control/'))).map(({ key }) => key);
  expect(keys.some((key) => key.endsWith('.release.json'))).toBe(true);
  await writer.query('rollback');
});
