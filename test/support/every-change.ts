/**
 * One table and what an application does to it, in rounds; between rounds other tables have theirs.
 * `@` stands for the table's name.
 */
export interface TableChange {
  readonly name: string;
  /** Majors that know such a thing: from this one on. */
  readonly since?: number;
  /** Before the copy. */
  readonly setup: readonly string[];
  readonly rounds: readonly (readonly string[])[];
  /** The catalog explains all of it, so the first copy is the only one. */
  readonly once?: true;
}

/** Larger than a page and not to be compressed, so it is stored out of line. */
const BIG = (seed: string): string => `(select string_agg(md5((${seed} * g)::text), '') from generate_series(1, 200) g)`;
/** A key may have at most a third of a page. */
const BIG_KEY = (seed: string): string => `left(${BIG(seed)}, 2500)`;
const OUT_OF_LINE = (columns: string): string =>
  `alter table @ ${columns
    .split(' ')
    .map((column) => `alter ${column} set storage external`)
    .join(', ')}`;
const SERIES = 'from generate_series(1, 5) n';

const UNCHANGED: readonly TableChange[] = [
  {
    name: 'values that updates leave out, over rounds, with key changes, in one transaction with the insert, and of a row that took a deleted key',
    setup: ['create table @ (id int primary key, n int, b text)', OUT_OF_LINE('b'), `insert into @ select n, 0, ${BIG('n')} ${SERIES}`],
    rounds: [
      ['update @ set n = 1'],
      ['update @ set id = id + 100', 'update @ set n = 2'],
      [`begin; insert into @ select 7, 1, ${BIG('7')}; update @ set n = 2 where id = 7; update @ set id = 8 where id = 7; commit`],
      ['update @ set n = n + 1, id = -id'],
      [`delete from @ where id = -101; insert into @ select -101, 0, ${BIG('99')}; update @ set n = 5 where id = -101`],
      [`insert into @ values (-102, 1, 'c') on conflict (id) do update set id = 33, n = 7`],
      ['begin; update @ set id = 1 where id = 33; update @ set id = 33 where id = -103; update @ set id = -103 where id = 1; commit'],
    ],
    once: true,
  },
  {
    name: 'values of many types that updates leave out: maps, arrays, documents, bytes and ranges',
    setup: [
      'create extension if not exists hstore schema public',
      `create table @ (id int primary key, n int, h public.hstore, hs public.hstore[], j jsonb, y bytea, t text[], u numeric(20, 2)[], v varbit,
         m int4multirange, x xml)`,
      OUT_OF_LINE('h hs j y t u v m x'),
      `insert into @ select n, 0, public.hstore(array['k', ${BIG('n')}, 'none', null]), array[public.hstore('k', ${BIG('n')}), null],
         jsonb_build_object('k', ${BIG('n')}), convert_to(${BIG('n')}, 'UTF8'), array[${BIG('n')}, null, 'x'],
         (select array_agg(i + n / 100.0) from generate_series(1, 1000) i), repeat('10', 10000)::varbit,
         (select range_agg(int4range(i * 2, i * 2 + 1)) from generate_series(1, 1000) i), xmlelement(name a, ${BIG('n')}) ${SERIES}`,
    ],
    rounds: [
      ['update @ set n = 1'],
      ['update @ set id = id + 100', 'update @ set n = 2'],
      [
        `update @ set h = 'a=>NULL', t = '{{1,2},{3,NULL}}' where id = 101`,
        'update @ set n = 3',
        'update @ set h = null, hs = null where id = 102',
      ],
      ['update @ set n = 4, id = -id'],
    ],
    once: true,
  },
  {
    name: 'a key that is stored out of line itself: left out of the new row, sent in the old one',
    setup: [
      'create table @ (k text primary key, n int, b text)',
      OUT_OF_LINE('k b'),
      `insert into @ select ${BIG_KEY('n')}, 0, ${BIG('n')} ${SERIES}`,
    ],
    rounds: [
      ['update @ set n = 1'],
      [`update @ set k = 'x' || k`, 'update @ set n = 2'],
      [`update @ set b = 'small'`],
      ['delete from @ where n = 2'],
    ],
    once: true,
  },
  {
    name: 'a key of two columns of which the large one stays and the other one changes',
    setup: [
      'create table @ (k text, j int, n int, b text, primary key (j, k))',
      OUT_OF_LINE('k b'),
      `insert into @ select ${BIG_KEY('n')}, n, 0, ${BIG('n')} ${SERIES}`,
    ],
    rounds: [['update @ set n = 1'], ['update @ set j = j + 100'], ['update @ set n = n + 1, j = j - 1'], ['delete from @ where j = 101']],
    once: true,
  },
  {
    name: 'values that updates leave out under FULL, with a key and key changes',
    setup: [
      'create table @ (id int primary key, n int, b text)',
      OUT_OF_LINE('b'),
      'alter table @ replica identity full',
      `insert into @ select n, 0, ${BIG('n')} ${SERIES}`,
    ],
    rounds: [['update @ set n = 1'], ['update @ set id = id + 100'], ['update @ set n = 3'], ['delete from @ where id = 101']],
    once: true,
  },
  {
    name: 'values that updates leave out under FULL, without a key',
    setup: [
      'create table @ (id int, n int, b text)',
      OUT_OF_LINE('b'),
      'alter table @ replica identity full',
      `insert into @ select n, 0, ${BIG('n')} ${SERIES}`,
    ],
    rounds: [['update @ set n = 1'], ['update @ set id = id + 100'], ['delete from @ where id = 101']],
    once: true,
  },
  {
    name: 'an identity index on a column stored out of line, beside a primary key that changes',
    setup: [
      'create table @ (id int primary key, u text not null unique, n int, b text)',
      'alter table @ replica identity using index @_u_key',
      OUT_OF_LINE('u b'),
      `insert into @ select n, ${BIG_KEY('n')}, 0, ${BIG('n')} ${SERIES}`,
    ],
    rounds: [['update @ set n = 1'], ['update @ set id = id + 100'], [`update @ set u = 'y' || u`], ['delete from @ where id = 101']],
    once: true,
  },
];

const COLUMNS: readonly TableChange[] = [
  {
    name: 'columns added, renamed and dropped inside one transaction, with rows before and after',
    setup: ['create table @ (id int primary key, a text)', 'insert into @ values (1)'],
    rounds: [
      [
        `begin; insert into @ values (2, 'x'); alter table @ add column b int default 7; insert into @ values (3, 'x', 8); update @ set a = 'u' where id = 1;
         alter table @ rename a to aa; update @ set aa = 'v'; alter table @ drop column aa; insert into @ values (4, 1); commit`,
      ],
    ],
    once: true,
  },
  {
    name: 'changes of columns that are rolled back, whole and to a savepoint',
    setup: ['create table @ (id int primary key, a text)', 'insert into @ values (1)'],
    rounds: [
      [
        `begin; insert into @ values (2, 'x'); savepoint s; alter table @ add b int; insert into @ values (3, 'x', 8); rollback to s; insert into @ values (3, 'y'); commit`,
      ],
      [`begin; alter table @ add c int; insert into @ values (9, 'x', 1); rollback`, `insert into @ values (4, 'z')`],
      ['alter table @ add d text', `insert into @ values (5, 'z', 'd')`],
    ],
  },
  {
    name: 'a column added with nothing after it',
    setup: ['create table @ (id int primary key)', 'insert into @ values (1)'],
    rounds: [['alter table @ add column b int default 7']],
    once: true,
  },
  {
    name: 'names that rotate',
    setup: ['create table @ (id int primary key, a text, b text)', `insert into @ values (1, 'a', 'b')`],
    rounds: [
      ['begin; alter table @ rename a to c; alter table @ rename b to a; alter table @ rename c to b; commit'],
      [`insert into @ values (2, 'x', 'y')`],
    ],
    once: true,
  },
  {
    name: 'a column dropped and added under its name',
    setup: ['create table @ (id int primary key, a text)', `insert into @ values (1, 'x')`],
    rounds: [['alter table @ drop column a', 'alter table @ add column a text']],
  },
  {
    name: 'values rewritten with nothing in the stream, also in the transaction of a truncate',
    setup: ['create table @ (id int primary key, n int)', 'insert into @ values (1, 1)'],
    rounds: [
      ['alter table @ alter n type int using n + 1'],
      ['begin; truncate @; insert into @ values (1, 4); alter table @ alter n type int using n + 1; commit'],
    ],
  },
  {
    name: 'defaults of all kinds, one for each row, and one that a later rewrite erases',
    setup: ['create table @ (id int primary key)', 'insert into @ values (1), (2)'],
    rounds: [
      [
        `alter table @ add a timestamptz default '2020-01-01 00:00+00', add b numeric default 1.50, add c text[] default '{a,NULL,"x y"}', add d interval default '1 day',
           add e bytea default '\\x00ff', add f float default 'NaN', add g date default 'infinity', add h time default '24:00', add i numeric(10,2) default 'NaN', add j int[] default '{}'`,
      ],
      ['insert into @ values (3)', 'alter table @ add k uuid default gen_random_uuid()', 'insert into @ values (4)'],
      ['alter table @ add l int default 5', 'alter table @ add m float default random()'],
    ],
  },
  {
    name: 'types made wider, with and without a rewrite',
    setup: [
      'create table @ (id int primary key, s smallint, v varchar(5), n numeric(6,2), k int[])',
      `insert into @ values (1, 1, 'a', 1.5, '{1}')`,
    ],
    rounds: [
      ['alter table @ alter s type int', `insert into @ values (2, 100000, 'b', 2)`],
      ['alter table @ alter v type text, alter n type numeric(10,2)', `insert into @ values (3, 1, 'abcdefgh', 12345678.25)`],
      ['alter table @ alter id type bigint, alter k type bigint[]', 'insert into @ values (5000000000)'],
    ],
  },
  {
    name: 'generated columns that come and lose their expression',
    setup: ['create table @ (id int primary key, g int generated always as (id * 2) stored, a text)', 'insert into @ (id) values (1)'],
    rounds: [
      ['insert into @ (id) values (2)', 'alter table @ add column h int generated always as (id * 3) stored'],
      [`update @ set a = 'x'`, 'alter table @ alter g drop expression'],
      ['insert into @ (id, g) values (3, 9)'],
    ],
  },
  {
    name: 'a generated column with another expression',
    since: 17,
    setup: ['create table @ (id int primary key, g int generated always as (id * 2) stored)', 'insert into @ (id) values (1)'],
    rounds: [['alter table @ alter g set expression as (id * 5)'], ['insert into @ (id) values (3)']],
  },
  {
    name: 'a table without columns, and one that lost all of them',
    setup: ['create table @ ()', 'insert into @ default values', 'create table @_b (a int)', 'insert into @_b values (1), (2)'],
    rounds: [
      ['insert into @ default values', 'alter table @_b drop column a'],
      ['insert into @_b default values', 'alter table @_b add column b int', 'insert into @_b values (5)'],
    ],
    once: true,
  },
];

const TYPES: readonly TableChange[] = [
  {
    name: 'enum labels that are added and renamed, in arrays too',
    setup: [
      `create type @_m as enum ('a', 'b')`,
      'create table @ (id int primary key, m @_m, l @_m[])',
      `insert into @ values (1, 'a', '{a,b}'), (2, 'b', null)`,
    ],
    rounds: [
      [`alter type @_m add value 'c'`, `insert into @ values (4, 'c', null)`],
      [`alter type @_m rename value 'a' to 'z'`, `alter type @_m rename value 'c' to 'y'`],
    ],
  },
  {
    name: 'attributes of a composite that come, go and get other names',
    setup: [
      'create type @_c as (a int, b text)',
      'create table @ (id int primary key, c @_c, l @_c[])',
      `insert into @ values (1, '(1,x)', '{"(1,x)"}'), (2, null, null)`,
    ],
    rounds: [
      ['alter type @_c add attribute d int', `insert into @ values (3, '(1,x,5)')`],
      ['alter type @_c drop attribute b', 'alter type @_c rename attribute a to q', `insert into @ values (4, '(1,5)')`],
    ],
  },
  {
    name: 'a domain with another constraint and another name',
    setup: ['create domain @_d as numeric(10,2)', 'create table @ (id int primary key, d @_d)', 'insert into @ values (1, 5.5)'],
    rounds: [
      ['alter domain @_d add check (value > 0)', 'insert into @ values (2, 6)'],
      ['alter domain @_d rename to @_e', 'insert into @ values (3, 6.25)'],
    ],
    once: true,
  },
];

export const CHANGES_OF_COLUMNS: readonly TableChange[] = [...UNCHANGED, ...COLUMNS, ...TYPES];
