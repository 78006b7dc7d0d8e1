import { TailraceError } from '../../core/errors.ts';

/** The error for bytes that are not a value of the type. It does not contain the value. */
export function malformed(kind: string, start: number, end: number): TailraceError {
  return new TailraceError('BAD_FRAME', `a value of type ${kind} (${end - start} bytes) cannot be read`);
}

/** Throws BAD_FRAME unless a binary value has the width of its type. */
export function expectWidth(kind: string, width: number, start: number, end: number): void {
  if (end - start !== width) throw malformed(kind, start, end);
}

/** `buf[start, end)` as a number: 1 to 15 decimal digits and nothing else, or -1. */
export function readDigits(buf: Buffer, start: number, end: number): number {
  if (end <= start || end - start > 15) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = (buf[i] as number) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Four bytes, most significant first, as a signed number. */
export function readInt4(buf: Buffer, at: number): number {
  return ((buf[at] as number) << 24) | ((buf[at + 1] as number) << 16) | ((buf[at + 2] as number) << 8) | (buf[at + 3] as number);
}

/** Two bytes, most significant first, as an unsigned number. */
export function readUint2(buf: Buffer, at: number): number {
  return ((buf[at] as number) << 8) | (buf[at + 1] as number);
}
