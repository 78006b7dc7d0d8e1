import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { scratch } from '../../test/support/scratch.ts';
import type { Scratch } from '../../test/support/scratch.ts';
import { cloneToRead } from '../../warehouse/clone.ts';
import { EmbeddedEngine } from '../../warehouse/embedded-engine.ts';
import { buildTouched, buildWhole, noteTouched } from './build-model.ts';
import type { Build } from './build-model.ts';
import { inTouched, touchedParts } from './touched-groups.ts';
import { contentOf } from './content.ts';
import { sql } from '../../warehouse-sql/load.ts';

let folder: Scratch;
let engine: EmbeddedEngine;

beforeAll(async () => {
  folder = await scratch('tailrace-incremental');
  engine = await EmbeddedEngine.open({ directory: `${folder.path}/wh`, log: silentLogger() });
  for (const database of ['tailrace_models', 'store', 'rows']) await engine.exec(`CREATE DATABASE ${database}`);
  for (const [table, columns] of Object.entries(TABLES)) {
    await engine.exec(
      `CREATE TABLE store.${table} (id Int64, ${columns}, _tr_version UInt128, _tr_deleted UInt8) ENGINE = ReplacingMergeTree(_tr_version, _tr_deleted) ORDER BY id`,
    );
    await engine.exec(`CREATE VIEW rows.${table} AS SELECT * FROM store.${table}`);
  }
});
afterAll(async () => {
  await engine.close();
  await folder[Symbol.asyncDispose]();
});

const TABLES = {
  orders: 'customer Nullable(Int64), state String, amount Int64',
  items: 'order_id Nullable(Int64), n Int64',
};

/**
 * One model of each shape: joined aggregates, a changing group with HAVING, a place per parent, a
 * left join.
 */
const MODELS = [
  {
    key: ['id'],
    select: `SELECT o.id AS id, o.customer AS customer, o.amount AS amount, i.n AS n FROM IN.orders AS o
      LEFT JOIN (SELECT order_id, sum(n) AS n FROM IN.items GROUP BY order_id) AS i ON i.order_id = o.id`,
    output: 'id',
    by: [
      { input: 'orders', expression: 'id' },
      { input: 'items', expression: 'order_id' },
    ],
  },
  {
    key: ['state'],
    select:
      'SELECT state, count() AS orders, uniqExact(customer) AS customers, sum(amount) AS amount FROM IN.orders GROUP BY state HAVING amount > 20',
    output: 'state',
    by: [{ input: 'orders', expression: 'state' }],
  },
  {
    key: ['customer'],
    select: 'SELECT customer, count() AS orders, max(amount) AS most FROM IN.orders GROUP BY customer',
    output: 'customer',
    by: [{ input: 'orders', expression: 'customer' }],
  },
  {
    key: ['id'],
    select: 'SELECT id, customer, row_number() OVER (PARTITION BY customer ORDER BY amount, id) AS place FROM IN.orders',
    output: 'customer',
    by: [{ input: 'orders', expression: 'customer' }],
  },
] as const;

const SETTINGS = 'join_use_nulls = 1';

/** Numbers below `below`, the same for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Plays random changes and returns how many incremental builds differed from the whole one. */
async function play(seed: number, { oldImages }: { oldImages: boolean }): Promise<{ compared: number; different: number }> {
  const random = numbers(seed);
  for (const table of Object.keys(TABLES)) await engine.exec(`TRUNCATE TABLE store.${table}`);
  let version = 1;
  const put = async (table: keyof typeof TABLES, id: number, deleted = 0): Promise<void> => {
    const values =
      table === 'orders'
        ? [random(5) === 0 ? 'NULL' : random(6), `'s${random(4)}'`, random(30)]
        : [random(6) === 0 ? 'NULL' : random(40), random(9)];
    await engine.exec(
      `INSERT INTO store.${table} VALUES (${[id, ...(deleted ? values.map((_, i) => (table === 'orders' && i === 1 ? "''" : '0')) : values), version, deleted].join(', ')})`,
    );
  };
  for (let id = 0; id < 40; id += 1) await put('orders', id);
  for (let id = 0; id < 60; id += 1) await put('items', id);
  const shown: (Build & { since: number; freeze: string | null })[] = [];
  let [compared, different] = [0, 0];
  for (let run = 1; run <= 6; run += 1) {
    const since = version + 1;
    const freeze = `s${seed}${oldImages ? 'o' : 'n'}_${run}`;
    await engine.exec(`CREATE DATABASE ${freeze}`);
    for (const table of Object.keys(TABLES)) {
      await cloneToRead(engine, { clone: `${freeze}.${table}_c`, storage: `store.${table}` });
      await engine.exec(`CREATE VIEW ${freeze}.${table} AS SELECT * EXCEPT (_tr_version, _tr_deleted) FROM ${freeze}.${table}_c FINAL`);
    }
    for (const [index, model] of MODELS.entries()) {
      const name = `${freeze}_${index}`;
      const order = { kind: 'incremental', key: model.key, run, settings: SETTINGS } as const;
      const select = model.select.replaceAll('IN.', `${freeze}.`);
      const whole = await buildWhole(engine, { ...order, select, storage: `w${name}` });
      expect(whole.duplicates).toBeNull();
      const last = shown[index];
      if (last === undefined) {
        shown[index] = { ...whole, since, freeze };
        continue;
      }
      const parts = model.by.flatMap(({ input, expression }) => {
        const found = touchedParts({
          expression,
          rows: `rows.${input}`,
          since: String(last.since),
          key: ['id'],
          columns: ['id', 'customer', 'state', 'amount', 'order_id', 'n'],
          before: `${last.freeze}.${input}`,
        });
        return (found ?? []).slice(0, oldImages ? 2 : 1);
      });
      const present = { storage: last.storage, touched: `t${name}`, output: model.output, rows: last.rows };
      const touched = await noteTouched(engine, parts, present);
      await engine.exec(`CREATE DATABASE t${name}`);
      for (const { input, expression } of model.by)
        await engine.exec(
          `CREATE VIEW t${name}.${input} AS ` +
            sql('filtered-input', {
              input: `${freeze}.${input}`,
              touched: inTouched(expression, { touched: present.touched, nulls: touched.nulls }),
            }),
        );
      const built = await buildTouched(
        engine,
        { ...order, select: model.select.replaceAll('IN.', `t${name}.`), storage: `i${name}` },
        present,
        touched,
      );
      compared += 1;
      if (built.duplicates !== null || (await contentOf(engine, built.storage)) !== (await contentOf(engine, whole.storage)))
        different += 1;
      // The next build starts from this one; the control starts from the truth, so that each miss
      // is its own.
      shown[index] = { ...(oldImages ? built : whole), since, freeze };
    }
    version += 1;
    for (let change = random(9); change >= 0; change -= 1) {
      version += 1;
      const table = random(3) === 0 ? 'items' : 'orders';
      await put(table, random(table === 'items' ? 70 : 45), random(4) === 0 ? 1 : 0);
      if (random(6) === 0) await engine.exec(`OPTIMIZE TABLE store.${table} FINAL`);
    }
  }
  return { compared, different };
}

test('an incremental build equals the whole one after any changes, also of groups and of NULLs', async () => {
  expect(await play(1, { oldImages: true })).toEqual({ compared: 20, different: 0 });
});

test('two rows of one key are seen before they are folded, also when one is in a group that is not touched', async () => {
  const order = { kind: 'incremental', key: ['id'], run: 1, settings: SETTINGS } as const;
  const twice = await buildWhole(engine, { ...order, select: 'SELECT arrayJoin([1, 2, 2]) AS id, 1 AS g', storage: 'twice' });
  expect(await engine.query(`SELECT id, count() AS n FROM (${twice.duplicates}) GROUP BY id HAVING n > 1`)).toEqual([{ id: 2, n: '2' }]);
  const present = {
    storage: (await buildWhole(engine, { ...order, select: 'SELECT number AS id, number AS g FROM numbers(3)', storage: 'once' })).storage,
    touched: 'g',
    output: 'g',
    rows: 3,
  };
  const touched = await noteTouched(engine, ['SELECT 0 AS _tr_group'], present);
  expect(touched).toEqual({ groups: 1, nulls: false, rows: 1 });
  const { duplicates } = await buildTouched(
    engine,
    { ...order, run: 2, select: 'SELECT toUInt64(2) AS id, toUInt64(0) AS g', storage: 'moved' },
    present,
    touched,
  );
  expect(await engine.query(`SELECT id, count() AS n FROM (${duplicates}) GROUP BY id HAVING n > 1`)).toEqual([{ id: '2', n: '2' }]);
});

test('a storage that keeps more than it shows is cleaned', async () => {
  const order = { kind: 'incremental', key: ['id'], settings: SETTINGS } as const;
  const many = 'SELECT number AS id, number % 2 AS g FROM numbers(150000)';
  const { storage } = await buildWhole(engine, { ...order, run: 1, select: many, storage: 'many' });
  const present = { storage, touched: 'odd', output: 'g', rows: 150_000 };
  const touched = await noteTouched(engine, ['SELECT 0 AS _tr_group'], present);
  const built = await buildTouched(
    engine,
    { ...order, run: 2, select: 'SELECT toUInt64(7) AS id, toUInt64(0) AS g WHERE false', storage: 'few' },
    present,
    touched,
  );
  expect(built.rows).toBe(75_000);
  const again = { storage: 'few', touched: 'all', output: 'g', rows: built.rows };
  const rest = await noteTouched(engine, ['SELECT 1 AS _tr_group'], again);
  const { rows } = await buildTouched(
    engine,
    { ...order, run: 3, select: 'SELECT toUInt64(7) AS id, toUInt64(1) AS g', storage: 'one' },
    again,
    rest,
  );
  expect(rows).toBe(1);
  expect(await engine.query('SELECT count() AS n FROM tailrace_models.one')).toEqual([{ n: '1' }]);
});

test('without the earlier images it does not', async () => {
  expect((await play(1, { oldImages: false })).different).toBeGreaterThan(2);
});
