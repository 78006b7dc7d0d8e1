import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TailraceError } from './errors.ts';
import { formatLsn, parseLsn } from './lsn.ts';

const anyLsn = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });

test('a position printed and read back is the same position', () => {
  fc.assert(fc.property(anyLsn, (lsn) => parseLsn(formatLsn(lsn)) === lsn));
});

test('what is no position is named in the error', () => {
  for (const text of ['', '16', '16/', 'x/1', '1/123456789', '-1/0']) {
    expect(() => parseLsn(text)).toThrow(TailraceError);
  }
});
