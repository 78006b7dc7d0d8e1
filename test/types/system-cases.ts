import fc from 'fast-check';
import type { TypeCase } from './type-case.ts';

/** Types whose values only the server itself makes; NULL where no SQL can make one. */
const internal = (type: string, ...values: string[]): TypeCase => ({
  type,
  covers: [type],
  edges: values.length === 0 ? [null] : values.map((sql) => ({ sql })),
  arrays: false,
});

const hexWord = fc.nat(0xff_ff_ff_ff).map((value) => value.toString(16).toUpperCase());

export const SYSTEM_CASES: readonly TypeCase[] = [
  {
    type: 'pg_lsn',
    covers: ['pg_lsn'],
    edges: ['0/0', 'FFFFFFFF/FFFFFFFF', '1/ABCDEF'],
    random: fc.tuple(hexWord, hexWord).map((words) => words.join('/')),
  },
  {
    type: 'tid',
    covers: ['tid'],
    edges: ['(0,0)', '(4294967295,65535)'],
    random: fc.tuple(fc.nat(0xff_ff_ff_ff), fc.nat(65_535)).map((parts) => `(${parts.join(',')})`),
  },
  { type: 'pg_snapshot', covers: ['pg_snapshot'], edges: ['1:1:', '10:20:10,14,15', '4294967299:4294967305:4294967300'] },
  { type: 'txid_snapshot', covers: ['txid_snapshot'], edges: ['1:1:', '10:20:10,14,15'] },
  { type: 'int2vector', covers: ['int2vector'], edges: ['', '1', '-32768 0 32767'], arrays: false },
  { type: 'oidvector', covers: ['oidvector'], edges: ['', '1', '0 4294967295'], arrays: false },
  { type: 'regclass', covers: ['regclass'], edges: ['-', 'pg_class', 'information_schema.tables', '4294967295'] },
  { type: 'regtype', covers: ['regtype'], edges: ['-', 'int4', 'text[]', 'numeric', 'timestamp with time zone', '"char"', '4294967295'] },
  { type: 'regproc', covers: ['regproc'], edges: ['-', 'now', 'array_to_tsvector', '4294967295'] },
  { type: 'regprocedure', covers: ['regprocedure'], edges: ['-', 'now()', 'substring(text,integer,integer)'] },
  { type: 'regoper', covers: ['regoper'], edges: ['0', '||/'] },
  { type: 'regoperator', covers: ['regoperator'], edges: ['0', '+(integer,integer)', '=(text,text)'] },
  { type: 'regnamespace', covers: ['regnamespace'], edges: ['-', 'pg_catalog', 'public'] },
  { type: 'regrole', covers: ['regrole'], edges: ['-', 'postgres', 'pg_monitor'] },
  { type: 'regcollation', covers: ['regcollation'], edges: ['-', '"C"', '"POSIX"'] },
  { type: 'regconfig', covers: ['regconfig'], edges: ['simple', 'english'] },
  { type: 'regdictionary', covers: ['regdictionary'], edges: ['simple', 'english_stem'] },
  { type: 'aclitem', covers: ['aclitem'], edges: ['=r/postgres', 'postgres=arwdDxt/postgres', 'pg_monitor=r*w/postgres'] },
  internal('pg_node_tree', `(select adbin from pg_attrdef order by oid limit 1)`),
  internal('pg_ndistinct', `(select stxdndistinct from pg_statistic_ext_data limit 1)`),
  internal('pg_dependencies', `(select stxddependencies from pg_statistic_ext_data limit 1)`),
  internal('pg_mcv_list', `(select stxdmcv from pg_statistic_ext_data limit 1)`),
  internal('pg_brin_bloom_summary'),
  internal('pg_brin_minmax_multi_summary'),
  internal('gtsvector'),
  {
    type: 'pg_proc',
    covers: [],
    edges: [{ sql: `(select p from pg_proc p where oid = 'now()'::regprocedure)` }, null],
    arrays: false,
  },
];

/** Makes what the expressions above read. */
export const SYSTEM_SETUP = [
  `create table public.with_statistics (a int default 1 + 2, b int)`,
  `insert into public.with_statistics select i % 3, i % 3 from generate_series(1, 300) i`,
  `create statistics public.all_of_them on a, b from public.with_statistics`,
  `analyze public.with_statistics`,
];
