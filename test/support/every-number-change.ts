import type { TableChange } from './every-change.ts';

/** Larger than a page and not to be compressed, so it is stored out of line. */
const BIG = (seed: string): string => `(select string_agg(md5((${seed} * g)::text), '') from generate_series(1, 200) g)`;

/** What becomes of `numeric` without precision, in keys and out of them. */
export const CHANGES_OF_NUMBERS: readonly TableChange[] = [
  {
    name: 'keys of numbers without a precision that get other zeros, move and no longer fit, while large values are left alone',
    setup: [
      'create table @ (k numeric primary key, n int, b text)',
      'alter table @ alter b set storage external',
      `insert into @ select n + 0.0, 0, ${BIG('n')} from generate_series(1, 6) n`,
    ],
    rounds: [
      ['update @ set k = 1.000, n = 1 where k = 1', 'update @ set n = 2 where k = 1'],
      [
        `begin; update @ set k = 11 where k = 1; insert into @ select 1.00, 7, ${BIG('7')}; update @ set n = 8 where k = 1;
         update @ set n = 9 where k = 11; update @ set k = 1.0000 where k = 1; update @ set n = 10 where k = 1; commit`,
      ],
      ['update @ set k = k + 0.50', 'update @ set k = trim_scale(k), n = n + 1', 'begin; delete from @ where k = 2.5; commit'],
      ['update @ set k = k * 1e40', 'update @ set n = n + 1', 'update @ set k = k * 1.0', 'update @ set k = k / 1e40'],
      ['update @ set k = k / 1e45', 'update @ set n = n + 1', `insert into @ values ('NaN', 1), ('Infinity', 2), ('-Infinity', 3), (0, 4)`],
    ],
    once: true,
  },
  {
    name: 'whole rows of numbers without a precision, equal ones among them',
    setup: [
      'create table @ (v numeric, l numeric[])',
      'alter table @ replica identity full',
      `insert into @ values (1.0, '{1.0}'), (1, '{1}')`,
    ],
    rounds: [
      [`insert into @ values (1.00, '{1.00}'), ('NaN', '{NaN}'), (1e60, '{1e-60}'), (null, null)`],
      ['delete from @ where ctid = (select min(ctid) from @)', 'update @ set v = v + 0.0 where v < 5'],
      ['update @ set v = 2 where v = 1e60'],
    ],
    once: true,
  },
  {
    name: 'numbers that lose their precision, and a default for older rows',
    setup: [
      'create table @ (id int primary key, n numeric(8,2), m numeric(60,2), x numeric(90,2))',
      'insert into @ values (1, 1.5, 2, 3), (2, null, null, null)',
    ],
    rounds: [
      ['alter table @ alter n type numeric', 'insert into @ values (3, 1.23456, 1e50, 1e80)', `update @ set n = 'NaN' where id = 2`],
      ['alter table @ add a numeric default 1.50, add b numeric default 0.000', 'insert into @ values (4)'],
      ['alter table @ alter x type numeric(95,2)', 'update @ set x = 1e90 where id = 1'],
    ],
    once: true,
  },
  {
    name: 'numbers whose column or default does not hold what they become',
    setup: ['create table @ (id int primary key, m numeric(60,2), t int)', 'insert into @ values (1, 2, 3), (2, null, null)'],
    rounds: [
      ['alter table @ alter m type numeric', 'insert into @ values (3, 1e70)'],
      [`alter table @ add c numeric default 1e50, add d numeric[] default '{1.0,1e-50}'`, 'alter table @ alter t type numeric'],
      ['alter table @ alter m type numeric(80,2)', 'alter table @ alter c type numeric(60,3)', 'insert into @ values (4)'],
    ],
  },
];
