const SIZE_UNITS = new Map([
  ['B', 1],
  ['KB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
  ['KiB', 2 ** 10],
  ['MiB', 2 ** 20],
  ['GiB', 2 ** 30],
]);

const DURATION_UNITS = new Map([
  ['ms', 1],
  ['s', 1e3],
  ['m', 60e3],
  ['h', 3600e3],
  ['d', 86400e3],
]);

/** `64MiB` → bytes; null when it is not a size above zero. */
export function parseSize(text: string): number | null {
  return scaled(text, SIZE_UNITS);
}

/** `500ms`, `30m` → milliseconds; null when it is not a duration above zero. */
export function parseDuration(text: string): number | null {
  return scaled(text, DURATION_UNITS);
}

/** Milliseconds → the text with the largest unit that divides them: `90s`, `1m`. */
export function durationText(ms: number): string {
  const [unit, size] = [...DURATION_UNITS].findLast(([, each]) => ms % each === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}

function scaled(text: string, units: ReadonlyMap<string, number>): number | null {
  const match = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/.exec(text.trim());
  const unit = units.get(match?.[2] ?? '');
  if (match === null || unit === undefined) return null;
  const value = Math.round(Number(match[1]) * unit);
  return value > 0 && Number.isSafeInteger(value) ? value : null;
}
