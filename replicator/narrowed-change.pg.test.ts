import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import type { TableSection } from '../core/table-rule.ts';
import { eventually } from '../test/support/eventually.ts';
import { objectsWith, rulesOf } from '../test/support/narrowed.ts';
import { startReplication } from '../test/support/replication.ts';
import type { Replication } from '../test/support/replication.ts';
import { beginEpoch } from './start/epoch-start.ts';

const USERS = 'create table users (secret text, id int primary key, mail text, n int); insert into users values (null, 1, null, 1)';

/** Events of a table after the first `after` ones, once a look has shown all. */
async function news(replication: Replication, after: number): Promise<string[]> {
  await replication.beats(2);
  return (await replication.lake.events()).slice(after).map(({ kind, reason = '' }) => `${kind} ${reason}`.trim());
}

const CHANGES: [string, Record<string, Partial<TableSection>>, string, string[]][] = [
  ['nothing', { 'public.users': { exclude: ['secret'], mask: { mail: 'sha256' } } }, 'one salt of sixteen', []],
  [
    'a section of another table',
    { 'public.users': { exclude: ['secret'], mask: { mail: 'sha256' } }, 'x.y': {} },
    'one salt of sixteen',
    ['schema'],
  ],
  [
    'a column that is left out',
    { 'public.users': { exclude: ['secret', 'n'], mask: { mail: 'sha256' } } },
    'one salt of sixteen',
    ['resync column "n" is now excluded'],
  ],
  [
    'a column that is shown',
    { 'public.users': { mask: { mail: 'sha256' } } },
    'one salt of sixteen',
    ['resync column "secret" would become visible'],
  ],
  [
    'a mask',
    { 'public.users': { exclude: ['secret'], mask: { mail: 'null' } } },
    'one salt of sixteen',
    ['resync the mask of column "mail" changed'],
  ],
  [
    'the salt',
    { 'public.users': { exclude: ['secret'], mask: { mail: 'sha256' } } },
    'another salt of some letters',
    ['resync the salt of its masks changed'],
  ],
  ['the whole section', {}, 'one salt of sixteen', ['resync the mask of column "mail" changed']],
];

test.each(CHANGES)(
  '%s of a changed configuration is copied again if the lake is no longer right',
  { timeout: 240_000 },
  async (_, sections, salt, expected) => {
    const before = rulesOf({ 'public.users': { exclude: ['secret'], mask: { mail: 'sha256' } } }, 'one salt of sixteen');
    await using replication = await startReplication({ schema: USERS, rules: before });
    await replication.source.query(`insert into users values ('xSECRETx', 2, 'm', 2)`);
    await replication.lake.rows('public.users', 1);
    await replication.beats(1);
    const { length } = await replication.lake.events();
    await replication.stop();
    await replication.start({ rules: rulesOf(sections, salt) }).ready();
    await replication.source.query(`insert into users values (null, 3, 'm', 3)`);
    expect(await news(replication, length)).toEqual(expected);
    const rows = await replication.lake.rows('public.users', 2);
    expect(rows.at(-1)).toMatchObject({ id: '3' });
    expect(await replication.lake.resyncs()).toHaveLength(expected.filter((event) => event.startsWith('resync')).length);
  },
);

test(
  'a column that is left out and renamed at the source is not shown: the table is held back until its name is right again',
  { timeout: 240_000 },
  async () => {
    await using replication = await startReplication({ schema: USERS, rules: rulesOf({ 'public.*': { exclude: ['secret'] } }) });
    const { source, lake } = replication;
    await source.query('insert into users (id) values (2)');
    await lake.rows('public.users', 1);
    const { length } = await lake.events();
    await source.query(`alter table users rename secret to hidden; insert into users values ('xSECRETx1', 3)`);
    await source.query(`insert into users values ('xSECRETx2', 4)`);
    expect(await news(replication, length)).toEqual([expect.stringMatching(/^held column "hidden" would become visible/)]);
    await source.query(`alter table users rename hidden to secret; insert into users values ('xSECRETx3', 5)`);
    expect(await news(replication, length + 1)).toEqual(['resync it was held back for a while']);
    await source.query(`insert into users values ('xSECRETx4', 6)`);
    const rows = await eventually(async () => {
      const found = await lake.rows('public.users', 1);
      return found.at(-1)?.['id'] === '6' ? found : undefined;
    }, 'the last row');
    expect(rows[0]).not.toHaveProperty('hidden');
    expect(await objectsWith(lake.store, ['xSECRETx'])).toEqual([]);
  },
);

test(
  'a table that is renamed away from its section is held back, and a configuration with its new name makes a new copy',
  { timeout: 240_000 },
  async () => {
    await using replication = await startReplication({ schema: USERS, rules: rulesOf({ 'public.users': { exclude: ['secret'] } }) });
    const { source, lake } = replication;
    await replication.beats(1);
    const { length } = await lake.events();
    await source.query(`alter table users rename to people; insert into people values ('xSECRETx1', 3)`);
    expect(await news(replication, length)).toEqual([expect.stringMatching(/^held column "secret" would become visible/)]);
    await replication.stop();
    await replication.start({ rules: rulesOf({ 'public.people': { exclude: ['secret'] } }) }).ready();
    await source.query(`insert into people values ('xSECRETx2', 4)`);
    expect(await news(replication, length + 1)).toEqual(['resync it was held back for a while']);
    expect((await lake.rows('public.people', 1))[0]).toMatchObject({ id: '4' });
    expect(await objectsWith(lake.store, ['xSECRETx'])).toEqual([]);
  },
);

test('columns that are left out come and go without a new copy', { timeout: 240_000 }, async () => {
  await using replication = await startReplication({ schema: USERS, rules: rulesOf({ 'public.*': { exclude: ['secret', 'more'] } }) });
  const { source, lake } = replication;
  await lake.event('published', 'public.users');
  await source.query(`
    insert into users values ('xSECRETx1', 2, 'm2', 2);
    alter table users add more text, add kept int;
    insert into users values ('xSECRETx2', 3, 'm3', 3, 'xSECRETx3', 33);
    alter table users drop secret;
    insert into users values (4, 'm4', 4, 'xSECRETx4', 44)`);
  const rows = await lake.rows('public.users', 3);
  expect(rows.map(({ id, mail, n, kept = null }) => [id, mail, n, kept])).toEqual([
    ['2', 'm2', '2', null],
    ['3', 'm3', '3', '33'],
    ['4', 'm4', '4', '44'],
  ]);
  await replication.beats(2);
  expect(await lake.resyncs()).toEqual([]);
  expect(await objectsWith(lake.store, ['xSECRETx'])).toEqual([]);
});

test('a new table whose section names columns that it does not have is not replicated', { timeout: 240_000 }, async () => {
  await using replication = await startReplication({ schema: USERS, rules: rulesOf({ 'public.later': { exclude: ['pasword'] } }) });
  const { source, lake } = replication;
  await source.query(`create table later (id int primary key, password text); insert into later values (1, 'xSECRETx1')`);
  await replication.beats(2);
  await source.query(`insert into later values (2, 'xSECRETx2')`);
  await replication.beats(2);
  expect((await lake.events()).filter(({ table }) => table === 'public.later')).toEqual([]);
  expect(await objectsWith(lake.store, ['xSECRETx'])).toEqual([]);
});

test('a new epoch does not begin while something would be shown that was left out before', { timeout: 240_000 }, async () => {
  const rules = rulesOf({ 'public.*': { exclude: ['secret'] } });
  await using replication = await startReplication({ schema: USERS, rules });
  const { source, lake } = replication;
  await lake.event('published', 'public.users');
  await replication.stop();
  await source.query('alter table users rename secret to hidden');
  const options = { source: { url: source.url }, store: lake.store, log: silentLogger() };
  await expect(beginEpoch({ ...options, rules })).rejects.toThrow(/^BAD_CONFIG: public\.users: column "hidden" would become visible/);
  const fixed = rulesOf({ 'public.*': { exclude: ['hidden'] } });
  expect(await beginEpoch({ ...options, rules: fixed })).toMatchObject({ epoch: 2, rules: fixed.fingerprint });
});
