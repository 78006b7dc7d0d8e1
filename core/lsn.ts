import { TailraceError } from './errors.ts';

/** A byte position in the source's WAL. */
export type Lsn = bigint;

const TEXT = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/;

/** `X/Y` as Postgres prints it → position. Throws BAD_LSN. */
export function parseLsn(text: string): Lsn {
  const match = TEXT.exec(text);
  if (match === null) throw new TailraceError('BAD_LSN', `"${text}" is not a WAL position`);
  const [high, low] = [Number.parseInt(match[1] ?? '', 16), Number.parseInt(match[2] ?? '', 16)];
  return (BigInt(high) << 32n) | BigInt(low);
}

/** Position → `X/Y`, spelled as Postgres prints it. */
export function formatLsn(lsn: Lsn): string {
  const high = (lsn >> 32n).toString(16).toUpperCase();
  const low = (lsn & 0xffffffffn).toString(16).toUpperCase();
  return `${high}/${low}`;
}
