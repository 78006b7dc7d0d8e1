import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDatabase, majorOf, type TestDatabase } from '../../test/support/postgres.ts';
import { type CheckItem, preflight } from './preflight.ts';

let database: TestDatabase;
let major: number;
beforeAll(async () => {
  database = await createDatabase();
  major = await majorOf(database);
});
afterAll(async () => database[Symbol.asyncDispose]());
beforeEach(async () => {
  await database.query(`drop schema if exists "Odd.Shop" cascade; create schema "Odd.Shop"; set search_path = "Odd.Shop", public`);
});

/**
 * The items of a table (all of them, or those that are no risk left out) as the preflight of now
 * has them.
 */
async function itemsOf(table: string, { all = false } = {}): Promise<CheckItem[]> {
  const items = await preflight({ url: database.url }, { tables: null });
  return items.filter((item) => item.table === `"Odd.Shop".${table}` && (all || item.verdict !== 'ok'));
}

/** Runs a fix as a person would: statement by statement. */
async function run(fix: string | null): Promise<void> {
  for (const statement of (fix ?? '').split('\n')) await database.query(statement);
}

/**
 * The report about a table before the fix: setup, table, item, value, the SQL. After the fix,
 * nothing of it is left.
 */
const FIXED: [string, string, string, { item: string; value: string | RegExp; fix: string }][] = [
  [
    'no key but a unique index that would do',
    `create table "The ""Orders""" (code text not null, note text); create unique index "By Code" on "The ""Orders""" (code)`,
    '"The ""Orders"""',
    {
      item: 'rows told apart by',
      value:
        'nothing (no primary key, unique index "By Code" is not the replica identity): append-only; updates and deletes are not replicated',
      fix: 'ALTER TABLE "Odd.Shop"."The ""Orders""" REPLICA IDENTITY USING INDEX "By Code";',
    },
  ],
  [
    'a unique index over a column that may be NULL',
    `create table t ("Code" text, b int, unique ("Code", b))`,
    't',
    {
      item: 'rows told apart by',
      value: /no primary key, unique index "t_Code_b_key" has NULLs in "Code", b/,
      fix: `ALTER TABLE "Odd.Shop".t ALTER COLUMN "Code" SET NOT NULL, ALTER COLUMN b SET NOT NULL;\nALTER TABLE "Odd.Shop".t REPLICA IDENTITY USING INDEX "t_Code_b_key";`,
    },
  ],
  [
    'a partial unique index',
    `create table t (code int not null); create unique index big on t (code) where code > 0`,
    't',
    {
      item: 'rows told apart by',
      value: /unique index big is partial/,
      fix: `CREATE UNIQUE INDEX CONCURRENTLY key_of_t ON "Odd.Shop".t (code);\nALTER TABLE "Odd.Shop".t REPLICA IDENTITY USING INDEX key_of_t;`,
    },
  ],
  [
    'a deferrable primary key',
    `create table "T" (id int primary key deferrable initially deferred)`,
    '"T"',
    {
      item: 'rows told apart by',
      value: /the primary key is deferrable/,
      fix: `CREATE UNIQUE INDEX CONCURRENTLY "key_of_T" ON "Odd.Shop"."T" (id); -- this checks each row at once; to keep deferring: ALTER TABLE "Odd.Shop"."T" REPLICA IDENTITY FULL\nALTER TABLE "Odd.Shop"."T" REPLICA IDENTITY USING INDEX "key_of_T";`,
    },
  ],
  [
    'replica identity nothing',
    `create table t (id int primary key); alter table t replica identity nothing`,
    't',
    { item: 'rows told apart by', value: /REPLICA IDENTITY NOTHING/, fix: 'ALTER TABLE "Odd.Shop".t REPLICA IDENTITY DEFAULT;' },
  ],
  [
    'an identity index that was dropped',
    `create table t (id int primary key, b int not null); create unique index by_b on t (b); alter table t replica identity using index by_b; drop index by_b`,
    't',
    { item: 'rows told apart by', value: /the identity index was dropped/, fix: 'ALTER TABLE "Odd.Shop".t REPLICA IDENTITY DEFAULT;' },
  ],
  [
    'whole rows without a key',
    `create table t (id text); alter table t replica identity full`,
    't',
    {
      item: 'rows told apart by',
      value: 'REPLICA IDENTITY FULL without a primary key: equal rows are counted, so each read costs a GROUP BY',
      fix: 'ALTER TABLE "Odd.Shop".t ADD COLUMN row_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY; -- rewrites the table; if existing columns tell rows apart, better: ADD PRIMARY KEY (…)',
    },
  ],
  [
    'an unlogged table',
    'create unlogged table "Un Logged" (id int primary key)',
    '"Un Logged"',
    {
      item: 'rows told apart by',
      value: 'nothing: the table is unlogged and cannot be replicated',
      fix: 'ALTER TABLE "Odd.Shop"."Un Logged" SET LOGGED;',
    },
  ],
  [
    'a partition with another identity',
    `create table parts (id int primary key) partition by range (id); create table "Part 1" partition of parts for values from (0) to (9);
     alter table "Part 1" replica identity nothing`,
    'parts',
    {
      item: 'rows told apart by',
      value: /partition Odd.Shop.Part 1 has a different replica identity/,
      fix: 'ALTER TABLE "Odd.Shop"."Part 1" REPLICA IDENTITY DEFAULT;',
    },
  ],
  [
    'an identity index of the root that a partition does not use',
    `create table parts (id int primary key, b int not null, unique (id, b)) partition by range (id); create table part_1 partition of parts for values from (0) to (9);
     alter table parts replica identity using index parts_id_b_key`,
    'parts',
    {
      item: 'rows told apart by',
      value: /partition Odd.Shop.part_1 has a different replica identity/,
      fix: 'ALTER TABLE "Odd.Shop".part_1 REPLICA IDENTITY USING INDEX part_1_id_b_key;',
    },
  ],
  [
    'an invalid key of a root, which no partition has',
    `create table parts (id int) partition by range (id); create table part_1 partition of parts for values from (0) to (9);
     alter table part_1 alter id set not null; create unique index on part_1 (id); alter table only parts add primary key (id)`,
    'parts',
    {
      item: 'rows told apart by',
      value: /partition Odd.Shop.part_1 has a different replica identity/,
      fix: 'ALTER TABLE "Odd.Shop".part_1 REPLICA IDENTITY USING INDEX part_1_id_idx;',
    },
  ],
  [
    'a deferrable key of a partitioned table',
    `create table parts (id int primary key deferrable) partition by range (id); create table part_1 partition of parts for values from (0) to (9)`,
    'parts',
    {
      item: 'rows told apart by',
      value: /deferrable/,
      fix: 'ALTER TABLE "Odd.Shop".parts DROP CONSTRAINT parts_pkey, ADD PRIMARY KEY (id);',
    },
  ],
  [
    'whole rows of a partitioned table without a key',
    `create table parts (id int) partition by range (id); create table part_1 partition of parts for values from (0) to (9);
     alter table parts replica identity full; alter table part_1 replica identity full`,
    'parts',
    {
      item: 'rows told apart by',
      value: /rows are counted/,
      fix: 'ALTER TABLE "Odd.Shop".parts ADD COLUMN row_id uuid NOT NULL DEFAULT gen_random_uuid(), ADD PRIMARY KEY (row_id, id); -- rewrites the table',
    },
  ],
  [
    'an unlogged partition',
    `create table parts (id int primary key) partition by range (id); create unlogged table "Part 1" partition of parts for values from (0) to (9)`,
    'parts',
    {
      item: 'unlogged partition',
      value: '"Odd.Shop"."Part 1": changes are not replicated',
      fix: 'ALTER TABLE "Odd.Shop"."Part 1" SET LOGGED;',
    },
  ],
  [
    'a table that others inherit from',
    `create table "Par ent" (id int primary key, a text); create table child () inherits ("Par ent")`,
    '"Par ent"',
    {
      item: 'inheritance',
      value: '"Odd.Shop".child are separate tables: in the warehouse, "Odd.Shop"."Par ent" has only its own rows',
      fix: `ALTER TABLE "Odd.Shop".child NO INHERIT "Odd.Shop"."Par ent";\n-- or keep it, and in the warehouse read: SELECT id, a FROM "Odd.Shop"."Par ent" UNION ALL SELECT id, a FROM "Odd.Shop".child`,
    },
  ],
];

test.each(FIXED)('%s: the SQL that check gives fixes it', async (_name, setup, table, { item, value, fix }) => {
  await database.query(setup);
  const told = (await itemsOf(table)).find((one) => one.item === item);
  expect(told).toMatchObject({ verdict: 'warn', fix, value: typeof value === 'string' ? value : expect.stringMatching(value) });
  await run(fix);
  expect((await itemsOf(table)).filter((one) => one.item === item)).toEqual([]);
});

test('an invalid unique index is built again and becomes the identity', async () => {
  await database.query('create table t (code int not null); insert into t values (1), (1)');
  await expect(database.query('create unique index concurrently by_code on t (code)')).rejects.toThrow(/unique/);
  const [told] = await itemsOf('t');
  expect(told?.value).toMatch(/unique index by_code is invalid/);
  expect(told?.fix).toBe('REINDEX INDEX CONCURRENTLY "Odd.Shop".by_code;\nALTER TABLE "Odd.Shop".t REPLICA IDENTITY USING INDEX by_code;');
  await database.query('delete from t where ctid = (select min(ctid) from t)');
  await run(told?.fix ?? null);
  expect(await itemsOf('t')).toEqual([]);
});

test('a table with nothing that could be a key is told apart by whole rows first, and by a new column then', async () => {
  await database.query('create table log (line text)');
  const [told] = await itemsOf('log');
  expect(told?.fix).toBe(
    'ALTER TABLE "Odd.Shop".log REPLICA IDENTITY FULL; -- if existing columns tell rows apart, better: ALTER TABLE "Odd.Shop".log ADD PRIMARY KEY (…)',
  );
  await run(told?.fix ?? null);
  const [counted] = await itemsOf('log');
  expect(counted?.value).toMatch(/rows are counted/);
  await run(counted?.fix ?? null);
  expect(await itemsOf('log')).toEqual([]);
});

test('a partitioned table with nothing that could be a key is told so for each leaf', async () => {
  await database.query(
    'create table parts (id int) partition by range ((id + 1)); create table part_1 partition of parts for values from (0) to (9)',
  );
  const told = (await itemsOf('parts')).find(({ item }) => item === 'rows told apart by');
  expect(told?.fix).toBe('ALTER TABLE "Odd.Shop".parts REPLICA IDENTITY FULL;\nALTER TABLE "Odd.Shop".part_1 REPLICA IDENTITY FULL;');
  await run(told?.fix ?? null);
  const counted = (await itemsOf('parts')).find(({ item }) => item === 'rows told apart by');
  expect(counted).toMatchObject({ value: expect.stringMatching(/rows are counted/), fix: expect.stringMatching(/^-- a key/) });
});

test('check reports a generated column that no publication of this server sends, with what can be done', async () => {
  await database.query(
    `create table t (id int primary key, "Twice" int generated always as (id * 2) ${major >= 18 ? 'virtual' : 'stored'}); insert into t values (4)`,
  );
  const [told] = await itemsOf('t');
  expect(told).toMatchObject({
    item: 'generated columns left out',
    value: 'Twice',
    verdict: 'warn',
    fix:
      major >= 18
        ? 'ALTER TABLE "Odd.Shop".t DROP COLUMN "Twice", ADD COLUMN "Twice" integer GENERATED ALWAYS AS ((id * 2)) STORED;'
        : 'ALTER TABLE "Odd.Shop".t ALTER COLUMN "Twice" DROP EXPRESSION; -- then the application has to fill it; or upgrade to 18, which sends it; or compute it in the warehouse: (id * 2)',
  });
  await run(told?.fix ?? null);
  expect(await itemsOf('t')).toEqual([]);
  expect(await database.query('select "Twice" as twice from t')).toEqual([{ twice: 8 }]);
});

test('a key that is computed and not sent before 18 tells no rows apart until it is an ordinary column', async () => {
  await database.query('create table t (a int, id int generated always as (a * 2) stored primary key)');
  const identity = (await itemsOf('t')).find(({ item }) => item === 'rows told apart by');
  expect(identity?.fix).toBe(major >= 18 ? undefined : 'ALTER TABLE "Odd.Shop".t ALTER COLUMN id DROP EXPRESSION;');
  await run(identity?.fix ?? null);
  expect(await itemsOf('t')).toEqual([]);
});

test('keys whose equal values have several spellings are named, other keys are not', async () => {
  await database.query(`create collation loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false); create domain price as numeric; create type pair as (a int, b price);
    create table varies (a numeric, b double precision, c interval, d text collate loose, e price, f numeric[], g pair, h jsonb, note interval, primary key (a, b, c, d, e, f, g, h));
    create table fixed (a numeric(10, 2), b text, c uuid, d timestamptz, e char(3), f int[], g inet, note numeric, primary key (a, b, c, d, e, f, g))`);
  expect(await itemsOf('fixed')).toEqual([]);
  const [told] = await itemsOf('varies');
  expect(told).toMatchObject({ item: 'key spelling', verdict: 'warn', fix: expect.stringMatching(/^-- rows stay exact/) });
  expect(told?.value).toMatch(
    /^a numeric, b double precision, c interval, d text, e .*price, f numeric\[\], g .*pair, h jsonb: equal values/,
  );
});

test('what a partitioned table does without a trace in the stream is told, and a foreign partition is not replicated', async () => {
  await database.query(`create extension if not exists postgres_fdw; create server if not exists nowhere foreign data wrapper postgres_fdw;
    create table parts (id int not null) partition by range (id); create table part_1 partition of parts for values from (0) to (9);
    create foreign table "Far" partition of parts for values from (9) to (20) server nowhere; alter table parts replica identity full; alter table part_1 replica identity full`);
  const told = await itemsOf('parts');
  expect(told.find(({ item }) => item === 'partitions')).toMatchObject({
    value: '2: TRUNCATE, DROP, DETACH or ATTACH of one makes tailrace copy the whole table again; it stays readable during the copy',
    fix: '-- to empty one without a new copy, DELETE its rows: deletes are streamed',
  });
  const foreign = told.find(({ item }) => item === 'foreign partition');
  expect(foreign).toMatchObject({
    value: '"Odd.Shop"."Far": not replicated',
    fix: 'ALTER TABLE "Odd.Shop".parts DETACH PARTITION "Odd.Shop"."Far";',
  });
  await run(foreign?.fix ?? null);
  expect((await itemsOf('parts')).map(({ item }) => item)).toEqual(['rows told apart by', 'partitions']);
});

test('long values are no risk, and it is said so', async () => {
  await database.query('create table t (id int primary key, body text)');
  expect(await itemsOf('t')).toEqual([]);
  expect(await itemsOf('t', { all: true })).toContainEqual(
    expect.objectContaining({
      item: 'long values',
      verdict: 'ok',
      value: 'body: no risk; a value that an update leaves unchanged is looked up',
    }),
  );
});
