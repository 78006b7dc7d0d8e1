import { TailraceError } from './errors.ts';

/** A byte position in the source's WAL. */
export type Lsn = bigint;

const TEXT = /^[0-9A-Fa-f]{1,8}\/[0-9A-Fa-f]{1,8}$/;
/** How many positions have the same high half, and below which one a number holds them exactly. */
const [LOW_COUNT, EXACT_HIGH] = [2 ** 32, 2 ** 21];

/** `X/Y` as Postgres prints it → position. Throws BAD_LSN. */
export function parseLsn(text: string): Lsn {
  if (!TEXT.test(text)) throw new TailraceError('BAD_LSN', `"${text}" is not a WAL position`);
  const slash = text.indexOf('/');
  const [high, low] = [Number.parseInt(text.slice(0, slash), 16), Number.parseInt(text.slice(slash + 1), 16)];
  // Rules of a manifest compare many positions, and arithmetic of bigints takes longer.
  return high < EXACT_HIGH ? BigInt(high * LOW_COUNT + low) : (BigInt(high) << 32n) | BigInt(low);
}

/** Position → `X/Y`, spelled as Postgres prints it. */
export function formatLsn(lsn: Lsn): string {
  const high = (lsn >> 32n).toString(16).toUpperCase();
  const low = (lsn & 0xffffffffn).toString(16).toUpperCase();
  return `${high}/${low}`;
}
