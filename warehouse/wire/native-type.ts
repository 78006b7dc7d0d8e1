/**
 * How many bytes the values of a column take in ClickHouse's Native format, derived from the name
 * of its type. Source: https://clickhouse.com/docs/en/interfaces/specs/NativeFormat and
 * src/DataTypes/Serializations of ClickHouse.
 */

/** Where something that begins at `at` ends in `bytes`; null: `bytes` do not reach that far. */
type End = number | null;

/** The layout of a type: what comes once before a column, and then its values. */
export interface NativeLayout {
  readonly prefix: (bytes: Buffer, at: number) => End;
  readonly values: (bytes: Buffer, at: number, rows: number) => End;
}

const WIDTHS: Readonly<Record<string, number>> = {
  ...Object.fromEntries([8, 16, 32, 64, 128, 256].flatMap((bits) => [`Int${bits}`, `UInt${bits}`].map((name) => [name, bits / 8]))),
  ...widths(1, 'Bool Enum8 Nothing'),
  ...widths(2, 'Enum16 BFloat16 Date'),
  ...widths(4, 'Float32 IPv4 Date32 DateTime DateTime32 Time Decimal32'),
  ...widths(8, 'Float64 DateTime64 Time64 Decimal64'),
  ...widths(16, 'UUID IPv6 Decimal128'),
  ...widths(32, 'Decimal256'),
};
const POINT = 'Tuple(Float64, Float64)';
/** Types that are aliases of others. */
const ALIASES: Readonly<Record<string, string>> = {
  Point: POINT,
  Ring: `Array(${POINT})`,
  LineString: `Array(${POINT})`,
  Polygon: `Array(Array(${POINT}))`,
  MultiLineString: `Array(Array(${POINT}))`,
  MultiPolygon: `Array(Array(Array(${POINT})))`,
};

/**
 * A type's name → its layout; null for a type whose bytes cannot be delimited here (JSON, Dynamic,
 * states of aggregates).
 */
export function nativeLayout(type: string): NativeLayout | null {
  const [, name = '', inner = ''] = /^(\w+)(?:\(([\s\S]*)\))?$/.exec(type.trim()) ?? [];
  const parts = argumentsOf(inner);
  const width = fixedWidth(name, parts);
  if (width !== null) return plain((bytes, at, rows) => within(bytes, at + rows * width));
  const alias = ALIASES[name];
  if (alias !== undefined) return nativeLayout(alias);
  const [first = '', second = ''] = parts;
  switch (name) {
    case 'String':
      return plain(strings);
    case 'Nullable':
      return then(nativeLayout(first), (bytes, at, rows) => within(bytes, at + rows));
    case 'Array':
      return arrayOf(nativeLayout(first));
    case 'Map':
      return arrayOf(nativeLayout(`Tuple(${first}, ${second})`));
    case 'Nested':
      return arrayOf(nativeLayout(`Tuple(${inner})`));
    case 'Tuple':
      return tupleOf(parts.map((part) => nativeLayout(part.replace(/^(?:`(?:[^`\\]|\\.|``)*`|\w+) (?=\S)/, ''))));
    case 'SimpleAggregateFunction':
      return nativeLayout(second);
    case 'LowCardinality':
      return lowCardinality(nativeLayout(first.replace(/^Nullable\(([\s\S]*)\)$/, '$1')));
    default:
      return null;
  }
}

function widths(bytes: number, names: string): Record<string, number> {
  return Object.fromEntries(names.split(' ').map((name) => [name, bytes]));
}

function fixedWidth(name: string, parts: readonly string[]): number | null {
  if (name === 'FixedString') return Number(parts[0]);
  if (name.startsWith('Interval')) return 8;
  if (name !== 'Decimal') return WIDTHS[name] ?? null;
  const digits = Number(parts[0]);
  return digits <= 9 ? 4 : digits <= 18 ? 8 : digits <= 38 ? 16 : 32;
}

/** `a Int8, Tuple(b String, c Enum8('x, y' = 1))` → its two parts. */
function argumentsOf(text: string): string[] {
  const parts: string[] = [];
  let [depth, from] = [0, 0];
  for (const { 0: piece, index } of text.matchAll(/'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.|``)*`|[(),]/g)) {
    if (piece === '(') depth += 1;
    if (piece === ')') depth -= 1;
    if (piece !== ',' || depth > 0) continue;
    parts.push(text.slice(from, index).trim());
    from = index + 1;
  }
  const last = text.slice(from).trim();
  return last === '' ? parts : [...parts, last];
}

function within(bytes: Buffer, end: number): End {
  return end <= bytes.length ? end : null;
}

function plain(values: NativeLayout['values']): NativeLayout {
  return { prefix: (_, at) => at, values };
}

/** A fixed number of bytes for each row, then the values of another layout. */
function then(inner: NativeLayout | null, before: NativeLayout['values']): NativeLayout | null {
  if (inner === null) return null;
  return {
    prefix: inner.prefix,
    values(bytes, at, rows) {
      const from = before(bytes, at, rows);
      return from === null ? null : inner.values(bytes, from, rows);
    },
  };
}

function strings(bytes: Buffer, at: number, rows: number): End {
  let end = at;
  for (let row = 0; row < rows; row += 1) {
    const length = readVarUint(bytes, end);
    if (length === null || length.end + length.value > bytes.length) return null;
    end = length.end + length.value;
  }
  return end;
}

/** Ends of the rows' elements as UInt64, then all elements. */
function arrayOf(inner: NativeLayout | null): NativeLayout | null {
  if (inner === null) return null;
  return {
    prefix: inner.prefix,
    values(bytes, at, rows) {
      const from = within(bytes, at + rows * 8);
      if (from === null) return null;
      return inner.values(bytes, from, rows === 0 ? 0 : Number(bytes.readBigUInt64LE(from - 8)));
    },
  };
}

function tupleOf(inner: readonly (NativeLayout | null)[]): NativeLayout | null {
  const layouts = inner.filter((layout) => layout !== null);
  if (layouts.length < inner.length || layouts.length === 0) return null;
  const through = (at: number, step: (layout: NativeLayout, from: number) => End): End =>
    layouts.reduce<End>((from, layout) => (from === null ? null : step(layout, from)), at);
  return {
    prefix: (bytes, at) => through(at, (layout, from) => layout.prefix(bytes, from)),
    values: (bytes, at, rows) => through(at, (layout, from) => layout.values(bytes, from, rows)),
  };
}

const GLOBAL_DICTIONARY = 0x100n;
const OWN_KEYS = 0x200n;

/**
 * A version; then flags with the width of an index, dictionaries, and the rows as indexes into
 * them.
 */
function lowCardinality(keys: NativeLayout | null): NativeLayout | null {
  if (keys === null) return null;
  return {
    prefix: (bytes, at) => within(bytes, at + 8),
    values(bytes, at, rows) {
      if (rows === 0) return at;
      if (at + 8 > bytes.length) return null;
      const flags = bytes.readBigUInt64LE(at);
      let end: End = at + 8;
      for (const dictionary of [GLOBAL_DICTIONARY, OWN_KEYS]) {
        if ((flags & dictionary) === 0n) continue;
        if (end === null || end + 8 > bytes.length) return null;
        end = keys.values(bytes, end + 8, Number(bytes.readBigUInt64LE(end)));
      }
      return end === null ? null : within(bytes, end + 8 + rows * 2 ** Number(flags & 0xffn));
    },
  };
}

/** An unsigned number of 7 bits a byte, as ClickHouse writes lengths. */
export function readVarUint(bytes: Buffer, at: number): { value: number; end: number } | null {
  let [value, factor] = [0, 1];
  for (let end = at; end < bytes.length; factor *= 128) {
    const byte = bytes[end++] ?? 0;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return { value, end };
  }
  return null;
}
