import { TailraceError } from './errors.ts';

/** A byte position in the source's WAL. */
export type Lsn = bigint;

const TEXT = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/;

/** `X/Y` as Postgres prints it → position. Throws BAD_LSN. */
export function parseLsn(text: string): Lsn {
  const match = TEXT.exec(text);
  if (match === null) throw new TailraceError('BAD_LSN', `"${text}" is not a WAL position`);
  return (BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`);
}

/** Position → `X/Y`, spelled as Postgres prints it. */
export function formatLsn(lsn: Lsn): string {
  const high = (lsn >> 32n).toString(16).toUpperCase();
  const low = (lsn & 0xffffffffn).toString(16).toUpperCase();
  return `${high}/${low}`;
}
