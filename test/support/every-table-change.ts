import type { TableChange } from './every-change.ts';

const TABLES: readonly TableChange[] = [
  {
    name: 'rows that only move to a new file: VACUUM FULL, CLUSTER, REINDEX, ANALYZE',
    setup: ['create table @ (id int primary key, n int, a text)', 'insert into @ values (1, 1, 1), (2, 2, 2)'],
    rounds: [
      ['vacuum full @', 'insert into @ values (3)'],
      ['cluster @ using @_pkey', `update @ set a = 'x'`],
      ['reindex table @', 'analyze @', 'alter table @ alter n set default 4', 'vacuum full @'],
    ],
    once: true,
  },
  {
    name: 'a schema that is renamed, and tables that move to another one',
    setup: [
      'create schema @_q',
      'create schema @_t',
      'create table @_q.@ (id int primary key)',
      'insert into @_q.@ values (1)',
      'create table @ (id int primary key)',
    ],
    rounds: [
      ['alter schema @_q rename to @_r', 'insert into @_r.@ values (2)'],
      [
        'alter table @ set schema @_t',
        'insert into @_t.@ values (3)',
        'create table @ (id int primary key, z int)',
        'insert into @ values (7, 7)',
      ],
    ],
    once: true,
  },
  {
    name: 'two tables that exchange their names',
    setup: [
      'create table @ (id int primary key, a text)',
      'create table @_o (id int primary key, b int)',
      'insert into @ values (1, 2)',
      'insert into @_o values (1, 1)',
    ],
    rounds: [
      ['begin; alter table @ rename to @_x; alter table @_o rename to @; alter table @_x rename to @_o; commit'],
      [`insert into @ values (5, 5)`, `insert into @_o values (7, 'x')`],
    ],
    once: true,
  },
  {
    name: 'a table dropped and created again under its name in one transaction with rows',
    setup: ['create table @ (id int primary key, a text)', 'insert into @ values (1)'],
    rounds: [
      [
        `begin; insert into @ values (2, 'x'); drop table @; create table @ (id int primary key, b int); insert into @ values (1, 1); commit`,
      ],
      ['insert into @ values (3, 3)'],
    ],
  },
  {
    name: 'a primary key that comes, moves inside a transaction, and goes',
    setup: ['create table @ (id int not null, u int not null, a text)', 'insert into @ select n, -n from generate_series(1, 5) n'],
    rounds: [
      ['alter table @ add primary key (id)', 'insert into @ values (6, -6)'],
      [
        `begin; update @ set a = 'b' where id = 1; alter table @ drop constraint @_pkey; alter table @ add primary key (u); update @ set a = 'c' where u = -2; commit`,
      ],
      ['delete from @ where u = -3'],
    ],
  },
  {
    name: 'an identity index with NULLs that a NOT NULL which is NOT VALID let in, until it is validated',
    since: 18,
    setup: [
      'create table @ (k int, v text)',
      `insert into @ values (null, 'a'), (null, 'b'), (1, 'c')`,
      'alter table @ add constraint @_sure not null k not valid',
      'create unique index @_k on @ (k)',
      'alter table @ replica identity using index @_k',
    ],
    rounds: [
      [`insert into @ values (2, 'd')`],
      ['delete from @ where k is null', 'alter table @ validate constraint @_sure', `update @ set v = 'x' where k = 1`],
      ['update @ set k = 3 where k = 2'],
    ],
  },
  {
    name: 'a replica identity that changes under traffic',
    setup: ['create table @ (id int primary key, u int not null unique, a text)', 'insert into @ select n, n from generate_series(1, 5) n'],
    rounds: [
      ['alter table @ replica identity full', 'update @ set a = 1 where id = 1'],
      [
        'alter table @ replica identity using index @_u_key',
        'update @ set a = 2 where id = 2',
        'update @ set id = 50 where id = 5',
        'update @ set u = 60 where id = 4',
      ],
      ['alter table @ replica identity nothing', 'insert into @ values (9, 9)'],
      ['alter table @ replica identity default', 'update @ set a = 3 where id = 3'],
    ],
  },
  {
    name: 'an unlogged table that becomes logged',
    setup: ['create unlogged table @ (id int primary key)', 'insert into @ values (1)'],
    rounds: [['insert into @ values (2)', 'alter table @ set logged'], ['insert into @ values (3)']],
    once: true,
  },
  {
    name: 'truncates of several tables, cascading, rolled back, in transactions with rows',
    setup: [
      'create table @ (id int primary key)',
      'create table @_f (id int primary key, r int references @ (id))',
      'insert into @ values (1), (2)',
      'insert into @_f values (1, 1)',
    ],
    rounds: [
      ['begin; insert into @ values (9); truncate @ restart identity cascade; insert into @ values (1); commit'],
      ['begin; truncate @_f; savepoint a; truncate @, @_f; rollback to a; insert into @_f values (4, 1); commit'],
    ],
    once: true,
  },
  {
    name: 'partitions that rows move between, and that are emptied, detached, attached, dropped and made',
    setup: [
      'create table @ (id int, d int, a text, primary key (id, d)) partition by range (d)',
      'create table @_p1 partition of @ for values from (0) to (10)',
      'create table @_p2 partition of @ for values from (10) to (20)',
      'create table @_p3 partition of @ for values from (20) to (30)',
      'insert into @ select n, n from generate_series(0, 29) n',
    ],
    rounds: [
      ['update @ set d = d + 10 where d < 5', 'truncate @_p1', `update @ set a = 'x'`],
      ['alter table @ detach partition @_p2', 'insert into @_p2 values (100, 15)'],
      ['alter table @ attach partition @_p2 for values from (10) to (20)', `update @ set a = 'y' where d between 10 and 19`],
      ['drop table @_p3', 'create table @_p4 partition of @ for values from (20) to (40)', 'insert into @ values (33, 33)'],
    ],
  },
  {
    name: 'tables that inherit, come, go and are written through their parent',
    setup: [
      'create table @ (id int primary key, a text)',
      'create table @_c (x int, primary key (id)) inherits (@)',
      'insert into @ values (1)',
      'insert into @_c values (2, null, 5)',
    ],
    rounds: [
      [`update @ set a = 'x'`, 'create table @_d (primary key (id)) inherits (@)', 'insert into @_d values (7)'],
      ['alter table @ add column b int default 4', `update only @ set a = 'y'`, 'alter table @_c no inherit @'],
      ['truncate only @', 'delete from @'],
    ],
    once: true,
  },
];

const TRANSACTIONS: readonly TableChange[] = [
  {
    name: 'ten thousand subtransactions, a third of them rolled back, and savepoints in savepoints',
    setup: ['create table @ (id int primary key)'],
    rounds: [
      [
        'do $$ begin for i in 1..10000 loop begin insert into @ values (i); if i % 3 = 0 then raise exception $x$no$x$; end if; exception when others then null; end; end loop; end $$',
      ],
      [
        'begin; savepoint a; insert into @ values (-1); savepoint b; insert into @ values (-2); rollback to a; insert into @ values (-3); release a; commit',
      ],
    ],
    once: true,
  },
  {
    name: 'prepared transactions, committed and rolled back later',
    setup: ['create table @ (id int primary key, a text)', 'insert into @ values (1, 2)'],
    rounds: [
      [
        `begin; insert into @ values (2, 'x'); update @ set a = 'p' where id = 1; prepare transaction '@_a'`,
        `begin; insert into @ values (3, 'x'); prepare transaction '@_b'`,
      ],
      ['insert into @ values (4)', `commit prepared '@_a'`, `rollback prepared '@_b'`],
    ],
    once: true,
  },
  {
    name: 'transactions that came from another server',
    setup: [`select pg_replication_origin_create('@')`, 'create table @ (id int primary key, a text)', 'insert into @ values (1, 2)'],
    rounds: [
      [
        `select pg_replication_origin_session_setup('@')`,
        `begin; select pg_replication_origin_xact_setup('0/AABBCC', now()); insert into @ values (2); update @ set a = 'o'; commit`,
        'select pg_replication_origin_session_reset()',
        'insert into @ values (3)',
      ],
    ],
    once: true,
  },
  {
    name: 'messages of others: large, binary, with our prefix, in and out of transactions',
    setup: ['create table @ (id int primary key)'],
    rounds: [
      [
        `begin; insert into @ values (2); select pg_logical_emit_message(true, 'other', repeat('x', 3000000)); select pg_logical_emit_message(true, 'tailrace', '\\x00ff00fe'::bytea);
         select pg_logical_emit_message(false, 'tailrace', 'nothing'); insert into @ values (3); commit`,
        `select pg_logical_emit_message(false, 'other', '\\xfffe0000'::bytea), pg_logical_emit_message(true, '', ''), pg_logical_emit_message(true, 'tailrace', 'look:' || repeat('a', 100000))`,
      ],
      ['insert into @ values (4)'],
    ],
    once: true,
  },
  {
    name: 'transactions without anything to send',
    setup: ['create table @ (id int primary key)'],
    rounds: [
      ['create temp table @_x (a int)', 'begin; insert into @_x values (1); commit'],
      [
        'begin; create table @_gone (id int primary key); insert into @_gone values (1); drop table @_gone; commit',
        'insert into @ values (1)',
      ],
    ],
    once: true,
  },
];

export const CHANGES_OF_TABLES: readonly TableChange[] = [...TABLES, ...TRANSACTIONS];
