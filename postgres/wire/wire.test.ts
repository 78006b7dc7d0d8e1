import { expect, test } from 'vitest';
import { frame, FrameBuilder } from '../../test/support/pgoutput/pgoutput-frames.ts';
import { readKeepalive, readServerReport, standbyStatus, startReplication, xlogEnd } from './wire.ts';

test('a standby status carries exactly what is stored, twice, and how far was read', () => {
  const lsn = 0x0000_0001_ffff_ffffn;
  const written = lsn + 5n;
  const nowMs = 946_684_800_000 + 1_500;
  const expected = new FrameBuilder().tag('r').u64(written).u64(lsn).u64(lsn).u64(1_500_000n).u8(1).framed('d');
  expect(standbyStatus({ lsn, written }, nowMs, true)).toEqual(expected);
});

test('a keepalive tells its position and whether it wants an answer', () => {
  const bytes = frame('k').u64(0xfedc_ba98_7654_3210n).u64(1n).u8(1).build();
  expect(readKeepalive(bytes, 0, bytes.length)).toEqual({ walEnd: 0xfedc_ba98_7654_3210n, replyRequested: true });
  expect(() => readKeepalive(bytes, 0, bytes.length - 1)).toThrow(/^BAD_FRAME/);
});

test('the end of WAL data is exact up to 2^53', () => {
  const bytes = frame('w').u64(1n).u64(0x001f_ffff_ffff_ffffn).u64(3n).build();
  expect(xlogEnd(bytes, 0)).toBe(Number.MAX_SAFE_INTEGER);
});

test('a notice is read by its fields, a torn one is BAD_FRAME', () => {
  const bytes = frame('S').text('WARNUNG').tag('V').text('WARNING').tag('C').text('55000').tag('M').text('skipped').u8(0).build();
  expect(readServerReport(bytes, 0, bytes.length)).toEqual({ severity: 'WARNING', sqlState: '55000', message: 'skipped', detail: '' });
  expect(() => readServerReport(bytes, 0, bytes.length - 1)).toThrow(/^BAD_FRAME/);
});

test('names with quotes stay names in START_REPLICATION', () => {
  const at = { slot: 's', lsn: '0/1', publications: ['a', `b"'`] };
  expect(startReplication({ ...at, inProgress: false })).toBe(
    `START_REPLICATION SLOT "s" LOGICAL 0/1 (proto_version '1', publication_names '"a","b""''"', messages 'true')`,
  );
  expect(startReplication({ ...at, inProgress: true })).toBe(
    `START_REPLICATION SLOT "s" LOGICAL 0/1 (proto_version '2', streaming 'on', publication_names '"a","b""''"', messages 'true')`,
  );
});
