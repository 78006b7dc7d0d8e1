import { createHash } from 'node:crypto';
import type { Shape } from './shape.ts';

/** A document of a few dozen bytes. */
const small = (n: string): string => `jsonb_build_object('a', ${n}, 'b', md5(${n}::text))`;

/** Values of row `n`, with another document. */
export const wideValues = (n: string, doc: string): string => `
  'customer-' || md5(${n}::text), ${n}, nullif(${n} % 7, 0), ${n} * 1000000, ${n} / 7.0, ${n} / 3.0, 'customer ' || ${n},
  repeat('x', (${n} % 40)::int), ${doc}, timestamptz '2026-01-01' + ${n} * interval '1 second',
  timestamptz '2026-06-01' - ${n} * interval '1 second', date '2020-01-01' + (${n} % 1000)::int, ${n} % 2 = 0, ${n} / 3.0,
  array['a', 'b', ${n}::text], array[1, ${n}], 'n' || ${n}, ${n} % 100, interval '1 day', decode(md5(${n}::text), 'hex')`;

const micros = (column: string): string => `(extract(epoch from ${column}) * 1000000)::bigint`;

/** For both sides: values of any column, with bars between them. */
const SOURCE_TEXTS = [
  'id',
  'a',
  "coalesce(b::text, '~')",
  'c',
  "coalesce(price::text, '~')",
  "coalesce(rate::numeric(76,38)::text, '~')",
  'name',
  "coalesce(note, '~')",
  "coalesce(doc::text, '~')",
  micros('made'),
  `coalesce(${micros('seen')}::text, '~')`,
  "coalesce((day - date '1970-01-01')::text, '~')",
  'done::int',
  "coalesce(encode(float8send(score), 'hex'), '~')",
  "array_to_string(tags, ',')",
  "array_to_string(parts, ',')",
  "coalesce(code, '~')",
  "coalesce(rank::text, '~')",
  'extract(day from wait)::int',
  "encode(raw, 'hex')",
];

const SHOWN_TEXTS = [
  'id',
  'toString(a)',
  "ifNull(toString(b), '~')",
  'toString(c)',
  "ifNull(toDecimalString(price, 4), '~')",
  "ifNull(toDecimalString(rate, 38), '~')",
  'name',
  "ifNull(note, '~')",
  "ifNull(doc, '~')",
  'toString(toUnixTimestamp64Micro(made))',
  "ifNull(toString(toUnixTimestamp64Micro(seen)), '~')",
  "ifNull(toString(toInt32(day)), '~')",
  'toString(toUInt8(done))',
  "ifNull(lower(hex(reinterpretAsUInt64(score))), '~')",
  "arrayStringConcat(arrayMap(one -> ifNull(one, ''), tags), ',')",
  "arrayStringConcat(arrayMap(one -> ifNull(toString(one), ''), parts), ',')",
  "ifNull(code, '~')",
  "ifNull(toString(rank), '~')",
  "toString(assumeNotNull(tupleElement(wait, 'days')))",
  'lower(hex(assumeNotNull(raw)))',
];

/** Length of a beginning that one key in 256 has. */
const RANGE_PREFIX = 'customer-'.length + 2;

function keyText(n: number): string {
  return `customer-${createHash('md5').update(String(n)).digest('hex')}`;
}

/**
 * Twenty columns as applications have them: a text as key, numbers with and without precision,
 * times, texts, documents and arrays.
 */
export const WIDE: Shape = {
  columns: `id text primary key, a int not null, b int, c bigint not null, price numeric(18,4), rate numeric,
    name varchar(40) not null, note text, doc jsonb, made timestamptz not null, seen timestamptz, day date, done boolean not null,
    score double precision, tags text[], parts int[], code varchar(20), rank smallint, wait interval, raw bytea`,
  values: (n) => wideValues(n, small(n)),
  key: 'id',
  keyOf: (n) => `'customer-' || md5((${n})::text)`,
  keyLiteral: (n) => `'${keyText(n)}'`,
  rangeFrom: (n) => `startsWith(id, '${keyText(n).slice(0, RANGE_PREFIX)}')`,
  update: 'a = a + 1, price = price + 0.01, made = now()',
  sourceText: SOURCE_TEXTS.join(" || '|' || "),
  shownText: `concat(${SHOWN_TEXTS.join(", '|', ")})`,
  sums: 'count() AS n, sum(price) AS total, max(made) AS latest',
  part: 'rank',
  plain: `id String, a Int32, b Nullable(Int32), c Int64, price Nullable(Decimal(18, 4)), rate Nullable(Decimal(76, 38)),
    name String, note Nullable(String), doc Nullable(String), made DateTime64(6, 'UTC'), seen Nullable(DateTime64(6, 'UTC')),
    day Nullable(Date32), done Bool, score Nullable(Float64), tags Array(Nullable(String)), parts Array(Nullable(Int32)),
    code Nullable(String), rank Nullable(Int16), wait Tuple(months Int32, days Int32, microseconds Int64), raw Nullable(String)`,
};
