import type { Random } from './random.ts';

/** A type as worlds use it. */
export interface Kind {
  /** As DDL writes it. */
  readonly sql: string;
  /**
   * The key value number `n`, an SQL expression of type int from 0 to 30,000; null: no keys are
   * made of it.
   */
  readonly key: ((n: string) => string) | null;
  /** A value, as an SQL expression. */
  readonly data: (random: Random) => string;
  /** Postgres may store it out of line. */
  readonly wide: boolean;
  /** Types it may be turned into, with the expression for USING where there has to be one. */
  readonly becomes: readonly { readonly kind: string; readonly using?: (column: string) => string }[];
}

const int = (random: Random): string => String(random.between(-100, 100));
const word = (random: Random): string =>
  random.pick(["''", "'a'", "'it''s'", "'é🙂'", String.raw`'\t\N'`, "'x' || chr(9) || chr(10)", "'NULL'"]);
/** Long enough that Postgres stores it out of line, or not. */
const long = (random: Random): string =>
  random.weighted([
    [4, () => `repeat('${random.pick(['a', 'b', 'é', 'xyz'])}', ${random.between(2500, 4000)})`],
    [1, () => `repeat('${random.pick(['a', 'b'])}', ${random.between(20_000, 60_000)})`],
    [1, () => word(random)],
    [1, () => `(select string_agg(md5(i::text), '') from generate_series(1, ${random.between(70, 120)}) i)`],
  ])();

const exactly = (column: string): string => column;
const sameTypeOther: Kind['becomes'] = [{ kind: 'int', using: (column) => `${column} + 1` }];

/**
 * Every type of a world's columns, by name. Values are simple: what types can hold is tested
 * elsewhere, here it is what becomes of rows.
 */
const KINDS = {
  smallint: { sql: 'smallint', key: (n) => `(${n})::smallint`, data: int, wide: false, becomes: [{ kind: 'int' }, { kind: 'bigint' }] },
  int: {
    sql: 'int',
    key: (n) => `(${n})`,
    data: int,
    wide: false,
    becomes: [{ kind: 'bigint' }, { kind: 'text' }, { kind: 'numeric' }, ...sameTypeOther],
  },
  bigint: { sql: 'bigint', key: (n) => `(${n})::bigint`, data: int, wide: false, becomes: [{ kind: 'numeric' }, { kind: 'text' }] },
  text: {
    sql: 'text',
    key: (n) => `'k' || (${n})`,
    data: word,
    wide: false,
    becomes: [
      { kind: 'text', using: (column) => `upper(${column})` },
      { kind: 'varchar', using: (column) => `left(${column}, 3)` },
    ],
  },
  varchar: {
    sql: 'varchar(12)',
    key: (n) => `'k' || (${n})`,
    data: word,
    wide: false,
    becomes: [{ kind: 'varchar40' }, { kind: 'text' }],
  },
  varchar40: { sql: 'varchar(40)', key: (n) => `'k' || (${n})`, data: word, wide: false, becomes: [{ kind: 'text' }] },
  uuid: {
    sql: 'uuid',
    key: (n) => `lpad((${n})::text, 32, '0')::uuid`,
    data: () => 'gen_random_uuid()',
    wide: false,
    becomes: [{ kind: 'text' }],
  },
  date: {
    sql: 'date',
    key: (n) => `date '2024-01-01' + (${n})`,
    data: (random) => `date '2020-02-29' + ${random.between(0, 3000)}`,
    wide: false,
    becomes: [{ kind: 'timestamp' }, { kind: 'text' }],
  },
  timestamp: {
    sql: 'timestamp',
    key: (n) => `timestamp '2024-01-01' + (${n}) * interval '1 day'`,
    data: (random) => `timestamp '2024-02-29 12:00:00.000001' + interval '${random.between(0, 1e6)} seconds'`,
    wide: false,
    becomes: [{ kind: 'timestamptz' }, { kind: 'date' }],
  },
  timestamptz: {
    sql: 'timestamptz',
    key: (n) => `timestamptz '2024-01-01 00:00:00+00' + (${n}) * interval '1 hour'`,
    data: () => 'clock_timestamp()',
    wide: false,
    becomes: [],
  },
  decimal: {
    sql: 'numeric(12,2)',
    key: (n) => `(${n}) * 0.25`,
    data: (random) => `${random.between(-9999, 9999)}.${random.between(10, 99)}`,
    wide: false,
    becomes: [{ kind: 'decimal14' }, { kind: 'decimal4' }, { kind: 'numeric' }],
  },
  decimal14: { sql: 'numeric(14,2)', key: (n) => `(${n}) * 0.25`, data: int, wide: false, becomes: [{ kind: 'decimal4' }] },
  decimal4: { sql: 'numeric(16,4)', key: (n) => `(${n}) * 0.25`, data: int, wide: false, becomes: [] },
  numeric: {
    sql: 'numeric',
    key: (n) => `(${n})::numeric`,
    data: (random) => `${int(random)}.${random.between(0, 1e6)}`,
    wide: false,
    becomes: [{ kind: 'text' }],
  },
  bool: {
    sql: 'bool',
    key: null,
    data: (random) => random.pick(['true', 'false']),
    wide: false,
    becomes: [{ kind: 'int', using: (column) => `${column}::int` }],
  },
  float: { sql: 'float8', key: null, data: (random) => `${random.between(-99, 99)}.25`, wide: false, becomes: [] },
  json: {
    sql: 'json',
    key: null,
    data: (random) => `'{"b": ${int(random)}, "a": [1,  2]}'`,
    wide: false,
    becomes: [{ kind: 'jsonb', using: (column) => `${column}::jsonb` }],
  },
  ints: { sql: 'int[]', key: null, data: (random) => random.pick(["'{}'", "'{1,NULL,3}'", 'array[7]']), wide: false, becomes: [] },
  bytes: { sql: 'bytea', key: (n) => `convert_to('k' || (${n}), 'UTF8')`, data: () => String.raw`'\x00ff7f80'`, wide: false, becomes: [] },
  longText: {
    sql: 'text',
    key: (n) => `rpad('k' || (${n}), 2500, 'x')`,
    data: long,
    wide: true,
    becomes: [{ kind: 'longText', using: exactly }],
  },
  jsonb: {
    sql: 'jsonb',
    key: null,
    data: (random) => `jsonb_build_object('k', ${long(random)}, 'n', ${int(random)})`,
    wide: true,
    becomes: [{ kind: 'longText', using: (column) => `${column}::text` }],
  },
  longBytes: { sql: 'bytea', key: null, data: (random) => `convert_to(${long(random)}, 'UTF8')`, wide: true, becomes: [] },
  texts: { sql: 'text[]', key: null, data: (random) => `array[${long(random)}, null, ${word(random)}]`, wide: true, becomes: [] },
  mood: {
    sql: '"mood"',
    key: null,
    data: (random) => `(enum_range(null::"mood"))[${random.between(1, 3)}]`,
    wide: false,
    becomes: [{ kind: 'text' }],
  },
  money2: { sql: '"amount"', key: null, data: int, wide: false, becomes: [] },
} satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;

export function kindOf(name: KindName): Kind {
  return KINDS[name];
}

export const KEY_KINDS = (Object.keys(KINDS) as KindName[]).filter((name) => KINDS[name].key !== null);
export const DATA_KINDS = Object.keys(KINDS) as KindName[];
export const WIDE_KINDS = DATA_KINDS.filter((name) => KINDS[name].wide);
