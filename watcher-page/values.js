// Values of an answer: which columns are drawn, and how a value is written.
const NUMBER = /^(?:Nullable\(|LowCardinality\()*(?:U?Int|Float|BFloat|Decimal)/;
const TIME = /^(?:Nullable\(|LowCardinality\()*Date/;
export const isNumber = (type) => NUMBER.test(type);
const isTime = (type) => TIME.test(type);

/** Seconds since 1970 of a Date or DateTime, which is written in UTC. */
const timeOf = (text) => Date.parse(text.length > 10 ? `${text.replace(' ', 'T')}Z` : text) / 1000;

const decimals = (value) => (Math.abs(value) < 1 ? 6 : 2);

/** A value as a figure, with groups of thousands. */
export function shownValue(value) {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'number') return value.toLocaleString('en', { maximumFractionDigits: decimals(value) });
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A value in a table: a number may be a key, so it has no groups, and times end at the second. */
export function cellValue(value, type) {
  if (typeof value === 'number') {
    const scale = Number(/Decimal\(\d+, (\d)\)/.exec(type)?.[1] ?? 0);
    const most = Math.max(scale, decimals(value));
    return value.toLocaleString('en', { minimumFractionDigits: scale, maximumFractionDigits: most, useGrouping: false });
  }
  return isTime(type) && value !== null ? value.replace(/\.\d+$/, '') : shownValue(value);
}

/**
 * The columns that a panel draws, by their places in the answer. A named column that the answer
 * lacks is in `missing`.
 */
export function drawnColumns({ x, y, series }, { columns, types }) {
  const named = [x, series, ...y].filter((name) => name !== null);
  const missing = named.find((name) => !columns.includes(name)) ?? null;
  const at = (name) => columns.indexOf(name);
  const along = x === null ? 0 : at(x);
  const by = series === null ? null : at(series);
  const left = columns.flatMap((_, index) => (index !== along && index !== by && isNumber(types[index]) ? [index] : []));
  return { missing, x: along, series: by, y: y.length === 0 ? left : y.map(at) };
}

/** The most lines or groups of one chart; the others are left out, and the panel says so. */
const MOST_LINES = 8;

/**
 * Rows as lines over one axis: `{ kind, xs, lines: [{ label, values }], leftOut }`. `kind`: what is
 * along the axis: times, numbers or names.
 */
export function linesOf(panel, answer) {
  const { x, y, series } = drawnColumns(panel, answer);
  const type = answer.types[x];
  const kind = isTime(type) ? 'time' : isNumber(type) ? 'number' : 'name';
  const placeOf = (value) => (kind === 'time' ? timeOf(value) : kind === 'number' ? Number(value) : shownValue(value));
  const rows = answer.rows.filter((row) => row[x] !== null || kind === 'name');
  const xs = [...new Set(rows.map((row) => placeOf(row[x])))];
  if (kind !== 'name') xs.sort((a, b) => a - b);
  const index = new Map(xs.map((place, at) => [place, at]));
  const lines = new Map();
  for (const row of rows) {
    for (const column of y) {
      const group = series === null ? null : shownValue(row[series]);
      const label = group === null ? answer.columns[column] : y.length === 1 ? group : `${group}, ${answer.columns[column]}`;
      if (!lines.has(label)) lines.set(label, { label, values: xs.map(() => null) });
      lines.get(label).values[index.get(placeOf(row[x]))] = row[column] === null ? null : Number(row[column]);
    }
  }
  const all = [...lines.values()];
  return { kind, xs, lines: all.slice(0, MOST_LINES), leftOut: Math.max(0, all.length - MOST_LINES) };
}
