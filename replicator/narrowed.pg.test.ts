import pino from 'pino';
import { expect, test } from 'vitest';
import { listGenerations } from '../lake/snapshot-log.ts';
import type { TestLake } from '../test/support/replication.ts';
import { copiedRows, finishedGeneration } from '../test/support/copied-table.ts';
import { eventually } from '../test/support/eventually.ts';
import { digestOf, objectsWith, rulesOf, SALT } from '../test/support/narrowed.ts';
import type { TestDatabase } from '../test/support/postgres.ts';
import { startReplication } from '../test/support/replication.ts';
import { startSnapshotter } from '../test/support/snapshot-source.ts';

const TYPES = {
  b: ['bool', 'true'],
  i: ['int4', '-5'],
  n: ['numeric(12,3)', '12.5'],
  f: ['float8', '0.1'],
  d: ['date', '2024-02-29'],
  z: ['timestamptz', '2024-01-01 12:00:00.5+02'],
  u: ['uuid', '00000000-0000-0000-0000-00000000000a'],
  y: ['bytea', String.raw`\x00ff`],
  t: ['text', 'Ωmega'],
  c: ['char(5)', 'ab'],
  j: ['jsonb', '{"a": 1}'],
  a: ['int4[]', '{1,NULL}'],
  net: ['inet', '10.0.0.1/8'],
} as const;
const MASKED = Object.keys(TYPES);

/** What Postgres prints of one row, as output functions do. */
async function printed(source: TestDatabase, id: number): Promise<Record<string, string | null>> {
  const texts = MASKED.map((name) => `case when num_nulls(${name}) = 0 then format('%s', ${name}) end as ${name}`);
  const [row] = await source.query<Record<string, string | null>>(`select ${texts.join(', ')} from people where id = ${id}`);
  return row ?? {};
}

async function copied(lake: TestLake, table: string): Promise<Record<string, string | null>[]> {
  return copiedRows(lake.store, await eventually(() => finishedGeneration(lake.store, table), `a copy of ${table}`));
}

test('excluded columns never reach the lake, and masks are equal through copy and stream', { timeout: 240_000 }, async () => {
  const rules = rulesOf({
    'public.people': {
      exclude: ['secret', 'pin'],
      mask: { ...Object.fromEntries(MASKED.map((name) => [name, 'sha256'])), gone: 'null', list: 'null' },
    },
    'public.loose': { exclude: ['secret'] },
  });
  const definitions = Object.entries(TYPES).map(([name, [type]]) => `${name} ${type}`);
  const literals = Object.values(TYPES).map(([, value]) => `'${value}'`);
  await using replication = await startReplication({
    rules,
    schema: `
      create table people (secret text, id int primary key, ${definitions.join(', ')}, pin int, gone int, list text[], plain text);
      create table loose (a int, secret text); alter table loose replica identity full;
      insert into people values ('xSECRETx1', 1, ${literals.join(', ')}, 987654321, 123454321, '{xSECRETx2}', 'kept');
      insert into people values ('xSECRETx3', 2)`,
  });
  const { source, lake } = replication;
  await using _snapshotter = startSnapshotter({ database: source, store: lake.store, rules });
  const [first, second] = await copied(lake, 'public.people');
  const masked = Object.fromEntries(Object.entries(await printed(source, 1)).map(([name, text]) => [name, digestOf(text)]));
  expect(first).toEqual({ id: '1', ...masked, gone: null, list: null, plain: 'kept' });
  expect(second).toEqual({ id: '2', ...Object.fromEntries(MASKED.map((name) => [name, null])), gone: null, list: null, plain: null });

  await source.query(`
    insert into people select secret, id + 10, ${MASKED.join(', ')}, pin, gone, list, plain from people;
    update people set plain = 'changed', secret = 'xSECRETx4' where id = 11;
    update people set id = 20 where id = 11;
    delete from people where id = 12;
    insert into loose values (1, 'xSECRETx5'), (1, 'xSECRETx6');
    update loose set secret = 'xSECRETx7' where secret = 'xSECRETx5';
    delete from loose where secret = 'xSECRETx6'`);
  const streamed = await lake.rows('public.people', 6);
  expect(streamed[0]).toMatchObject({ id: '11', ...masked, gone: null, plain: 'kept' });
  expect(streamed.find(({ id, _tr_op: op }) => id === '20' && op === 'U')).toMatchObject({ ...masked, plain: 'changed' });
  const loose = await lake.rows('public.loose', 5);
  expect(loose.map(({ _tr_op: op, a }) => `${op}${a}`)).toEqual(['I1', 'I1', 'D1', 'U1', 'D1']);
  expect(loose[0]).not.toHaveProperty('secret');

  expect(await objectsWith(lake.store, ['xSECRETx', '987654321', '123454321', SALT, '"secret"', '"pin"'])).toEqual([]);
  expect(await objectsWith(lake.store, ['kept'])).not.toEqual([]);
});

test("a process without the replicator's configuration copies nothing", { timeout: 240_000 }, async () => {
  const rules = rulesOf({ 'public.users': { exclude: ['secret'] } });
  await using replication = await startReplication({
    rules,
    schema: `create table users (id int primary key, secret text); insert into users values (1, 'xSECRETx')`,
  });
  const { source, lake } = replication;
  const said: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => said.push(line) });
  {
    await using _forgetful = startSnapshotter({ database: source, store: lake.store, log });
    await eventually(() => said.some((line) => line.includes('another configuration')), 'a warning');
    await replication.beats(2);
  }
  await using _snapshotter = startSnapshotter({ database: source, store: lake.store, rules });
  expect(await copied(lake, 'public.users')).toEqual([{ id: '1' }]);
  expect((await listGenerations(lake.store)).map(({ generation }) => generation)).toEqual([1]);
  expect(await objectsWith(lake.store, ['xSECRETx'])).toEqual([]);
});
