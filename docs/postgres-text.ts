import { KINDS } from '../core/column-kinds.ts';
import type { Kind } from '../core/column-kinds.ts';
import { arrayDelimiter, decimalText, namesNull } from '../core/column-type.ts';
import type { ColumnType, ScalarType } from '../core/column-type.ts';
import { hstoreText } from '../verifier/hstore-text.ts';
import { arrayElement } from '../verifier/quoted-text.ts';

/*
 * The expressions of docs/TYPES.md: ClickHouse SQL over a value `x` of a column (a name or an
 * expression; not NULL) → the text that Postgres's output function prints for it. The settings are
 * those of our sessions (postgres/session/session-settings.ts): DateStyle ISO, IntervalStyle
 * postgres, TimeZone UTC, lc_monetary C.
 */

/** How Postgres prints a value of each kind. */
export const TEXTS: Readonly<Record<Kind, (x: string) => string>> = {
  bool: boolText,
  int2: printed,
  int4: printed,
  int8: printed,
  uint32: printed,
  uint64: printed,
  float4: float4Text,
  float8: float8Text,
  money: moneyText,
  numeric: (x) => `toDecimalString(${x}, s)`,
  date: printed,
  timestamp: (x) => timestampText(x, ''),
  timestamptz: (x) => timestampText(x, '+00'),
  time: timeText,
  interval: intervalText,
  uuid: printed,
  lsn: lsnText,
  bytea: byteaText,
  ewkb: (x) => `hex(${x})`,
  text: (x) => x,
  enum: printed,
  point: pointText,
  map: hstoreText,
  vector: vectorText,
};

/**
 * ClickHouse SQL over a column of the view, `x` → the text that Postgres prints for its value, NULL
 * where that is NULL; true for every value that is not in the map `_tr_exact` of `<table>__exact`,
 * where the others have theirs.
 */
export function postgresText(type: ColumnType, x: string): string {
  if (type.kind !== 'array') return namesNull(type) ? valueText(type, x) : `if(${isNull(type, x)}, NULL, ${valueText(type, x)})`;
  const { element } = type;
  const elementIsNull = namesNull(element) ? null : (e: string): string => isNull(element, e);
  return arrayText(x, arrayDelimiter(element), (e) => valueText(element, e), elementIsNull);
}

/**
 * The same over a column of `<table>__exact`, for every value. `name`: the column's name as a
 * string literal.
 */
export function exactText(type: ColumnType, x: string, name: string): string {
  return `if(mapContains(_tr_exact, ${name}), _tr_exact[${name}], ${postgresText(type, x)})`;
}

function isNull(type: ScalarType, x: string): string {
  return KINDS[type.kind].nullAs === 'parts' ? `isNull(tupleElement(${x}, 1))` : `isNull(${x})`;
}

function valueText(type: ScalarType, x: string): string {
  const value = KINDS[type.kind].nullAs === undefined ? `assumeNotNull(${x})` : x;
  return type.kind === 'numeric' ? decimalText(type, value) : TEXTS[type.kind](value);
}

function printed(x: string): string {
  return `toString(${x})`;
}

/**
 * `body` with names for values that it uses more than once: a lambda is the only way inside an
 * expression.
 */
function where(names: Readonly<Record<string, string>>, body: string): string {
  const all = Object.entries(names);
  return `arrayMap((${all.map(([name]) => name).join(', ')}) -> ${body}, ${all.map(([, value]) => `[${value}]`).join(', ')})[1]`;
}

/** `12:00:00.120000` → `12:00:00.12`. */
function withoutZeros(clock: string): string {
  return `replaceRegexpOne(${clock}, '\\\\.?0+$', '')`;
}

function boolText(x: string): string {
  return `if(${x}, 't', 'f')`;
}

function byteaText(x: string): string {
  return `concat('\\\\x', lower(hex(${x})))`;
}

/** `-$1,234.50` */
function moneyText(x: string): string {
  const thousands = `reverse(trim(TRAILING ',' FROM replaceRegexpAll(reverse(splitByChar('.', t)[1]), '(\\\\d{3})', '\\\\1,')))`;
  return where({ n: x, t: `toDecimalString(abs(${x}), 2)` }, `concat(if(n < 0, '-', ''), '$', ${thousands}, '.', splitByChar('.', t)[2])`);
}

/** Microseconds of four hundred years, after which the calendar repeats, and of 1970 to 2300. */
const CYCLE = 'toInt64(12622780800000000)';
const YEAR_2300 = '10413792000000000';

/**
 * ClickHouse prints the years 0 to 9999 only, so a moment is shown as one of 1900 to 2299 and its
 * year put right.
 */
function timestampText(x: string, zone: string): string {
  const year = `toInt32(substring(t, 1, 4)) + 400 * intDiv(u - r, ${CYCLE})`;
  const text = `concat(if(y > 9999, toString(y), leftPad(toString(if(y > 0, y, 1 - y)), 4, '0')), ${withoutZeros('substring(t, 5)')}, '${zone}', if(y > 0, '', ' BC'))`;
  const ofYear = where({ y: year }, text);
  const shown = where({ t: `toString(fromUnixTimestamp64Micro(toInt64(r), 'UTC'))` }, ofYear);
  const moved = where({ r: `if(m < ${YEAR_2300}, toInt64(m), toInt64(m) - ${CYCLE})` }, shown);
  return where({ u: `toUnixTimestamp64Micro(${x})` }, where({ m: `positiveModulo(u, ${CYCLE})` }, moved));
}

function timeText(x: string): string {
  return withoutZeros(`toString(${x})`);
}

function part(value: string, unit: string, plus: string): string {
  return `if(${value} = 0, '', concat(${plus}toString(${value}), ' ${unit}', if(${value} = 1, '', 's')))`;
}

function two(value: string): string {
  return `leftPad(toString(${value}), greatest(2, length(toString(${value}))), '0')`;
}

/**
 * As EncodeInterval prints it (backend/utils/adt/datetime.c): a sign is shown where the part before
 * has another.
 */
function intervalText(x: string): string {
  const clock = `concat(${two('intDiv(a, 3600000000)')}, ':', ${two('intDiv(a, 60000000) % 60')}, ':', ${two('intDiv(a, 1000000) % 60')}, '.', leftPad(toString(a % 1000000), 6, '0'))`;
  const sign = `if(u < 0, '-', if(if(d != 0, d < 0, m < 0), '+', ''))`;
  const parts = [
    part('intDiv(m, 12)', 'year', ''),
    part('(m % 12)', 'mon', ''),
    part('d', 'day', `if(m < 0 AND d > 0, '+', ''), `),
    `if(u = 0 AND (m != 0 OR d != 0), '', concat(${sign}, ${withoutZeros(clock)}))`,
  ];
  const named = {
    m: `assumeNotNull(tupleElement(${x}, 1))`,
    d: `assumeNotNull(tupleElement(${x}, 2))`,
    u: `assumeNotNull(tupleElement(${x}, 3))`,
    a: `abs(assumeNotNull(tupleElement(${x}, 3)))`,
  };
  return where(named, `arrayStringConcat(arrayFilter(p -> p != '', [${parts.join(', ')}]), ' ')`);
}

/** `16/B374D848` */
function lsnText(x: string): string {
  return `concat(${hexWord(`bitShiftRight(${x}, 32)`)}, '/', ${hexWord(`bitAnd(${x}, 4294967295)`)})`;
}

function hexWord(word: string): string {
  const digits = `trim(LEADING '0' FROM hex(toUInt32(${word})))`;
  return `if(${digits} = '', '0', ${digits})`;
}

/**
 * How a binary float is taken apart. `integerDigits`: from 10^that on Postgres prints an exponent.
 */
interface FloatForm {
  readonly bits: string;
  readonly mantissaBits: number;
  readonly bias: number;
  readonly mostDigits: number;
  readonly integerDigits: number;
  /**
   * Up to here a decimal may lie exactly halfway between two floats; 2^(mantissaBits + 1) is the
   * least.
   */
  readonly halfwayEnd: string;
}

const FLOAT4: FloatForm = {
  bits: 'reinterpretAsUInt32',
  mantissaBits: 23,
  bias: 150,
  mostDigits: 9,
  integerDigits: 6,
  halfwayEnd: '1e21',
};
const FLOAT8: FloatForm = {
  bits: 'reinterpretAsUInt64',
  mantissaBits: 52,
  bias: 1075,
  mostDigits: 17,
  integerDigits: 15,
  halfwayEnd: '1e41',
};

function float4Text(x: string): string {
  return floatText(x, FLOAT4);
}

function float8Text(x: string): string {
  return floatText(x, FLOAT8);
}

/**
 * ClickHouse and Postgres both print the shortest decimal that reads back as the number, but
 * Postgres never one that lies exactly halfway between two numbers (common/d2s.c, acceptBounds):
 * where that can be, the digits are searched for in whole numbers.
 */
function floatText(x: string, form: FloatForm): string {
  const { integerDigits } = form;
  const positional = `if(p < 0, concat('0.', repeat('0', -p - 1), d), if(length(d) <= p + 1, rightPad(d, p + 1, '0'), concat(substring(d, 1, p + 1), '.', substring(d, p + 2))))`;
  const scientific = `concat(substring(d, 1, 1), if(length(d) > 1, '.', ''), substring(d, 2), 'e', if(p < 0, '-', '+'), if(abs(p) < 10, '0', ''), toString(abs(p)))`;
  const finite = `if(d = '', '0', if(p < -4 OR p >= ${integerDigits}, ${scientific}, ${positional}))`;
  const signed = `concat(if(startsWith(toString(${x}), '-'), '-', ''), ${finite})`;
  // Digits without zeros at either end, and the power of ten of the first.
  const decimal = where({ s: 'toString(a)' }, ofShown());
  const digits = `if(a >= ${2 ** (form.mantissaBits + 1)} AND a < ${form.halfwayEnd}, ${wholeDigits(form)}, ${decimal})`;
  const taken = where({ q: where({ a: `abs(${x})` }, digits) }, where({ d: 'q.1', p: 'q.2' }, signed));
  return `multiIf(isNaN(${x}), 'NaN', isInfinite(${x}), if(${x} < 0, '-Infinity', 'Infinity'), ${taken})`;
}

function ofShown(): string {
  const all = `replaceOne(splitByChar('e', s)[1], '.', '')`;
  const point = `length(splitByChar('.', splitByChar('e', s)[1])[1])`;
  const exponent = `toInt32OrZero(splitByChar('e', s)[2])`;
  const zeros = `(length(${all}) - length(trim(LEADING '0' FROM ${all})))`;
  return `(trim(BOTH '0' FROM ${all}), toInt32(${exponent} + ${point} - 1 - ${zeros}))`;
}

/**
 * The shortest whole number strictly between the halves towards `a`'s neighbours, the nearest of
 * its length.
 */
function wholeDigits({ bits, mantissaBits, bias, mostDigits }: FloatForm): string {
  const candidates = `arrayFlatten(arrayMap(n -> arrayMap(r -> arraySort(c -> abs(c - v), [v - v % r, v - v % r + r]), [toInt256(concat('1', repeat('0', toUInt8(greatest(length(toString(v)) - n, 0)))))])[1], range(1, ${mostDigits + 1})))`;
  const within = `c -> abs(c - v) * 2 < if(c < v AND b % ${2 ** mantissaBits} = 0, intDiv(g, 2), g)`;
  const found = where({ f: `toString(arrayFirst(${within}, ${candidates}))` }, `(trim(TRAILING '0' FROM f), toInt32(length(f) - 1))`);
  // Taken from the bits: the conversion of a float to a wide integer is wrong beyond 64 bits.
  const mantissa = `toInt256(${bits}(a) % ${2 ** mantissaBits} + ${2 ** mantissaBits})`;
  const shift = `toUInt8(intDiv(${bits}(a), ${2 ** mantissaBits}) - ${bias})`;
  return where({ v: `bitShiftLeft(${mantissa}, ${shift})`, b: `${bits}(a)`, g: `bitShiftLeft(toInt256(1), ${shift})` }, found);
}

/** Geometric points: `(1.5,-2)`. */
function pointText(x: string): string {
  return `concat('(', ${float8Text(`assumeNotNull(tupleElement(${x}, 1))`)}, ',', ${float8Text(`assumeNotNull(tupleElement(${x}, 2))`)}, ')')`;
}

/** pgvector's `[1,2.5]`. */
function vectorText(x: string): string {
  return `concat('[', arrayStringConcat(arrayMap(f -> ${float4Text('f')}, ${x}), ','), ']')`;
}

/** As array_out prints an array of one dimension. */
function arrayText(
  x: string,
  delimiter: string,
  elementText: (e: string) => string,
  elementIsNull: ((e: string) => string) | null,
): string {
  const shown = where({ t: elementText('e') }, arrayElement('t', delimiter));
  const element = elementIsNull === null ? shown : `if(${elementIsNull('e')}, 'NULL', ${shown})`;
  return `concat('{', arrayStringConcat(arrayMap(e -> ${element}, ${x}), '${delimiter}'), '}')`;
}
