import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ColumnType } from '../../core/column-type.ts';
import { createDatabase, type TestDatabase } from '../../test/support/postgres.ts';
import { vectorRows } from '../../test/support/vector-rows.ts';
import { createBuilder } from './create-builder.ts';

/** How values of one type are made from texts, and what Postgres itself says of them. */
interface Case {
  readonly type: ColumnType;
  readonly sqlType: string;
  readonly send: string;
  readonly texts: fc.Arbitrary<string>;
  /** SQL over `x`, the text, giving the value; default a cast. */
  readonly make?: string;
  /** SQL over `v` as `vectorRows` shows it. */
  readonly shown: string;
  /** SQL over `v`: is it held exactly. */
  readonly exact?: string;
}

const digits = (least: number, most: number): fc.Arbitrary<string> =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: least, maxLength: most }).map((all) => all.join(''));
const numericText = (precision: number, scale: number): fc.Arbitrary<string> =>
  fc.oneof(
    {
      weight: 9,
      arbitrary: fc
        .tuple(fc.constantFrom('', '-'), digits(0, precision - scale), digits(0, scale))
        .map(([sign, a, b]) => `${sign}0${a}.${b}0`),
    },
    { weight: 1, arbitrary: fc.constant('NaN') },
  );
const bigText = (min: bigint, max: bigint): fc.Arbitrary<string> =>
  fc.oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max, 0n), fc.bigInt({ min: min / 300n, max: max / 300n })).map(String);
const withInfinities = (texts: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof({ weight: 9, arbitrary: texts }, { weight: 1, arbitrary: fc.constantFrom('infinity', '-infinity') });
const unicode = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll('\0', ''));
const literal = (elements: fc.Arbitrary<string>): fc.Arbitrary<string> => {
  const quoted = fc.option(elements, { freq: 5 }).map((text) => (text === null ? 'NULL' : `"${text.replaceAll(/["\\]/g, '\\$&')}"`));
  const flat = fc.array(quoted, { maxLength: 6 }).map((all) => `{${all.join(',')}}`);
  const nested = fc.array(quoted, { minLength: 4, maxLength: 4 }).map(([a, b, c, d]) => `{{${a},${b}},{${c},${d}}}`);
  const shifted = fc.array(quoted, { minLength: 2, maxLength: 2 }).map((all) => `[0:1]={${all.join(',')}}`);
  return fc.oneof({ weight: 8, arbitrary: flat }, nested, shifted);
};
const arrayShown = (element: string): string =>
  `case when v = '{}' or (array_ndims(v) = 1 and array_lower(v, 1) = 1) then coalesce((select json_agg(${element} order by o) from unnest(v) with ordinality e(e, o)), '[]')::text else '[]' end`;
const arrayExact = (element: string): string =>
  `v = '{}' or (array_ndims(v) = 1 and array_lower(v, 1) = 1 and coalesce((select bool_and(${element}) from unnest(v) e(e)), true))`;

const micros = (from: string): string =>
  `${from} '2000-01-01' + (x::bigint / 86400000000)::int * interval '1 day' + (x::bigint % 86400000000) * interval '1 microsecond'`;
const moment = (kind: 'timestamp' | 'timestamptz'): Case => ({
  type: { kind },
  sqlType: kind,
  send: `${kind}_send`,
  texts: withInfinities(
    fc
      .oneof(
        fc.bigInt({ min: -211_813_488_000_000_000n, max: 9_223_371_331_199_999_999n }),
        fc.bigInt({ min: 9_222_424_646_400_000_000n - 10n, max: 9_222_424_646_400_000_000n + 10n }),
        fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
      )
      .map(String),
  ),
  make: `case when x like '%infinity' then x::${kind} else ${micros(kind)} end`,
  shown: `case when v = 'infinity' or isfinite(v) and v > '294247-01-10' then '9223372036854775807' when v = '-infinity' then '-9223372036854775808'
    else (extract(epoch from v) * 1000000)::numeric(40)::text end`,
  exact: `isfinite(v) and v <= '294247-01-10'`,
});
const numeric = (precision: number, scale: number): Case => ({
  type: { kind: 'numeric', precision, scale },
  sqlType: `numeric(${precision},${scale})`,
  send: 'numeric_send',
  texts: numericText(precision, scale),
  shown: `case when v <> 'NaN' then (v * 10::numeric ^ ${scale})::numeric(100)::text end`,
  exact: `v <> 'NaN'`,
});
/** A type that has more digits than the column. */
const unbounded = (sqlType: string, scale: number, places: readonly [before: number, after: number]): Case => ({
  type: { kind: 'numeric', precision: 76, scale, unbounded: true },
  sqlType,
  send: 'numeric_send',
  texts: fc.oneof({ weight: 9, arbitrary: numericText(places[0] + places[1], places[1]) }, fc.constantFrom('Infinity', '-Infinity', 'NaN')),
  make: `case when x like '%Infinity' and '${sqlType}' <> 'numeric' then '0' else x end`,
  shown: `case when v = 'NaN' then null when abs(v) >= 1e${76 - scale} then sign(v) * (1e76 - 1)
    else sign(v) * least(round(abs(v) * 1e${scale}), 1e76 - 1) end::numeric(100)::text`,
  exact: `abs(v) < 1e${76 - scale} and min_scale(v) <= ${scale}`,
});
const dateShown = (date: string): string => `(least(greatest(${date}, '1900-01-01'), '2299-12-31') - '1970-01-01')`;

const CASES: Case[] = [
  { type: { kind: 'bool' }, sqlType: 'bool', send: 'boolsend', texts: fc.boolean().map(String), shown: 'v::text' },
  { type: { kind: 'int2' }, sqlType: 'int2', send: 'int2send', texts: bigText(-32_768n, 32_767n), shown: 'v::text' },
  { type: { kind: 'int4' }, sqlType: 'int4', send: 'int4send', texts: bigText(-(2n ** 31n), 2n ** 31n - 1n), shown: 'v::text' },
  { type: { kind: 'int8' }, sqlType: 'int8', send: 'int8send', texts: bigText(-(2n ** 63n), 2n ** 63n - 1n), shown: 'v::text' },
  {
    type: { kind: 'float4' },
    sqlType: 'float4',
    send: 'float4send',
    texts: fc.float().map((n) => (Object.is(n, -0) ? '-0' : String(n))),
    shown: `case when v = 'NaN' then 'nan' else encode(float4send(v), 'hex') end`,
  },
  {
    type: { kind: 'float8' },
    sqlType: 'float8',
    send: 'float8send',
    texts: fc
      .oneof(
        fc.double(),
        fc.double({ min: -1e6, max: 1e6 }),
        fc.integer().map((n) => n / 1000),
      )
      .map((n) => (Object.is(n, -0) ? '-0' : String(n))),
    shown: `case when v = 'NaN' then 'nan' else encode(float8send(v), 'hex') end`,
  },
  ...(
    [
      [5, 2],
      [12, 2],
      [15, 15],
      [16, 4],
      [18, 0],
      [30, 7],
      [38, 10],
      [38, 38],
      [39, 1],
      [76, 20],
      [76, 0],
      [76, 75],
    ] as const
  ).map(([p, s]) => numeric(p, s)),
  unbounded('numeric', 38, [8, 6]),
  unbounded('numeric', 38, [45, 60]),
  unbounded('numeric(100,2)', 2, [98, 2]),
  unbounded('numeric(120,80)', 38, [40, 80]),
  {
    type: { kind: 'date' },
    sqlType: 'date',
    send: 'date_send',
    texts: withInfinities(
      fc.oneof(fc.integer({ min: -2_451_545, max: 2_145_031_000 }), fc.integer({ min: -40_000, max: 120_000 })).map(String),
    ),
    make: `case when x like '%infinity' then x::date else date '2000-01-01' + x::int end`,
    shown: `${dateShown('v')}::text`,
    exact: `v between '1900-01-01' and '2299-12-31'`,
  },
  moment('timestamp'),
  moment('timestamptz'),
  {
    type: { kind: 'time' },
    sqlType: 'time',
    send: 'time_send',
    texts: fc
      .oneof(
        fc.integer({ min: 0, max: 86_399_999_999 }),
        fc.integer({ min: 0, max: 86_399 }).map((s) => s * 1e6),
        fc.constant(86_400_000_000),
      )
      .map(String),
    make: `case when x = '86400000000' then time '24:00' else time '00:00' + x::bigint * interval '1 microsecond' end`,
    shown: `(extract(epoch from v) * 1000000)::bigint::text`,
  },
  { type: { kind: 'uuid' }, sqlType: 'uuid', send: 'uuid_send', texts: fc.uuid(), shown: `replace(v::text, '-', '')` },
  {
    type: { kind: 'bytea' },
    sqlType: 'bytea',
    send: 'byteasend',
    texts: fc.uint8Array({ maxLength: 60 }).map((bytes) => `\\x${Buffer.from(bytes).toString('hex')}`),
    shown: `encode(v, 'hex')`,
  },
  { type: { kind: 'text' }, sqlType: 'text', send: 'textsend', texts: unicode, shown: 'v' },
  {
    type: { kind: 'array', element: { kind: 'int8' } },
    sqlType: 'int8[]',
    send: 'array_send',
    texts: literal(bigText(-(2n ** 63n), 2n ** 63n - 1n)),
    shown: arrayShown('e::text'),
    exact: arrayExact('true'),
  },
  {
    type: { kind: 'array', element: { kind: 'text' } },
    sqlType: 'text[]',
    send: 'array_send',
    texts: literal(unicode),
    shown: arrayShown('e'),
    exact: arrayExact('true'),
  },
  {
    type: { kind: 'array', element: { kind: 'date' } },
    sqlType: 'date[]',
    send: 'array_send',
    texts: literal(withInfinities(fc.integer({ min: 1000, max: 4000 }).map((year) => `${year}-02-28`))),
    shown: arrayShown(`case when e is not null then ${dateShown('e')}::text end`),
    exact: arrayExact(`e is null or e between '1900-01-01' and '2299-12-31'`),
  },
  {
    type: { kind: 'array', element: { kind: 'float8' } },
    sqlType: 'float8[]',
    send: 'array_send',
    texts: literal(fc.integer().map((n) => String(n / 64))),
    shown: arrayShown(`encode(float8send(e), 'hex')`),
    exact: arrayExact('true'),
  },
];

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await database.query(`set timezone = 'UTC'`);
  await database.query(`set datestyle = 'ISO'`);
});
afterAll(async () => database[Symbol.asyncDispose]());

describe.each(CASES)('$sqlType', (one) => {
  test('text and binary become what Postgres says they are, and binary prints as Postgres prints it', async () => {
    const property = fc.asyncProperty(fc.array(one.texts, { minLength: 80, maxLength: 120 }), async (texts) => {
      const rows = await database.query<{ text: string; binary: string; shown: string | null; exact: boolean }>(
        `select v::text as text, encode(${one.send}(v), 'hex') as binary, ${one.shown} as shown, coalesce(${one.exact ?? 'true'}, false) as exact
         from (select (${one.make ?? 'x'})::${one.sqlType} as v, n from unnest($1::text[]) with ordinality u(x, n)) s order by n`,
        [texts],
      );
      const [text, binary] = [createBuilder(one.type), createBuilder(one.type)];
      for (const row of rows) {
        const [printed, sent] = [Buffer.from(`..${wireText(one.type, row.text)}..`), Buffer.from(`ffff${row.binary}ffff`, 'hex')];
        expect(text.appendText(printed, 2, printed.length - 2), row.text).toBe(row.exact);
        expect(binary.appendBinary(sent, 2, sent.length - 2), row.text).toBe(row.exact);
        const again = binary.exactText(sent, 2, sent.length - 2);
        if (one.type.kind === 'float4') expect(Math.fround(Number(again))).toBe(Math.fround(Number(row.text)));
        else if (one.type.kind === 'float8') expect(Number(again)).toBe(Number(row.text));
        else expect(again).toBe(wireText(one.type, row.text));
      }
      expect(vectorRows(text.finish())).toEqual(rows.map((row) => row.shown).map(normalJson));
      expect(vectorRows(binary.finish())).toEqual(rows.map((row) => row.shown).map(normalJson));
    });
    await fc.assert(property, { numRuns: 8, interruptAfterTimeLimit: 4000, ...seed() });
  });
});

/** A cast to text differs from the output function in one type. */
function wireText(type: ColumnType, text: string): string {
  return type.kind === 'bool' ? text.charAt(0) : text;
}

/** Postgres puts blanks into its JSON. */
function normalJson(shown: string | null): string | null {
  return shown?.startsWith('[') && shown.endsWith(']') && isJson(shown) ? JSON.stringify(JSON.parse(shown)) : shown;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function seed(): { seed?: number } {
  const given = process.env['FC_SEED'];
  return given === undefined ? {} : { seed: Number(given) };
}
