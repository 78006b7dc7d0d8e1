import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TailraceError } from '../../core/errors.ts';
import type { FrameBuilder } from '../../test/support/pgoutput/pgoutput-frames.ts';
import { frame } from '../../test/support/pgoutput/pgoutput-frames.ts';
import { Recorder } from '../../test/support/pgoutput/pgoutput-recorder.ts';
import { PgoutputDecoder } from './decoder.ts';
import type { PgoutputHandler } from './handler.ts';

const EPOCH_US = 946_684_800_000_000n;
/** Beyond 2^31: oids and xids are unsigned. */
const HIGH = 4_000_000_001;
const relation = frame('R').u32(HIGH).text('public').text('orders').tag('d').u16(2);
const withColumns = relation.u8(1).text('id').u32(23).u32(0xffffffff).u8(0).text('note').u32(25).u32(0x00000104);
const prepared = { lsn: 1n, endLsn: 2n, timeUs: EPOCH_US + 3n, xid: HIGH, gid: 'g' };
const preparedBody = (start: FrameBuilder): FrameBuilder => start.u64(1n).u64(2n).u64(3n).u32(HIGH).text('g');

const MESSAGES: readonly [string, FrameBuilder, unknown[]][] = [
  ['begin', frame('B').u64(0xfedc_ba98_7654_3210n).u64(7n).u32(HIGH), ['begin', 0xfedc_ba98_7654_3210n, EPOCH_US + 7n, HIGH]],
  ['commit', frame('C').u8(0).u64(10n).u64(20n).u64(30n), ['commit', 10n, 20n, EPOCH_US + 30n]],
  ['origin', frame('O').u64(5n).text('elsewhere'), ['origin', 5n, 'elsewhere']],
  [
    'relation',
    withColumns,
    [
      'relation',
      {
        oid: HIGH,
        schema: 'public',
        name: 'orders',
        identity: 'd',
        columns: [
          { name: 'id', typeOid: 23, typmod: -1, key: true },
          { name: 'note', typeOid: 25, typmod: 260, key: false },
        ],
      },
    ],
  ],
  ['type', frame('Y').u32(HIGH).text('').text('mood'), ['type', { oid: HIGH, schema: 'pg_catalog', name: 'mood' }]],
  [
    'insert',
    frame('I')
      .u32(HIGH)
      .tag('N')
      .tuple(['1', null, undefined, '', Buffer.from([0, 255])]),
    ['insert', HIGH, ['1', null, undefined, '', Buffer.from([0, 255])]],
  ],
  ['update', frame('U').u32(1).tag('N').tuple(['ä']), ['update', 1, null, ['ä']]],
  [
    'update with old key',
    frame('U').u32(1).tag('K').tuple(['1', null]).tag('N').tuple(['2', 'x']),
    ['update', 1, ['K', '1', null], ['2', 'x']],
  ],
  [
    'update with old row',
    frame('U').u32(1).tag('O').tuple(['1', 'w']).tag('N').tuple(['1', undefined]),
    ['update', 1, ['O', '1', 'w'], ['1', undefined]],
  ],
  ['delete by key', frame('D').u32(1).tag('K').tuple(['1', null]), ['delete', 1, ['K', '1', null]]],
  ['delete by row', frame('D').u32(1).tag('O').tuple(['1', 'w']), ['delete', 1, ['O', '1', 'w']]],
  ['truncate', frame('T').u32(2).u8(3).u32(1).u32(HIGH), ['truncate', [1, HIGH], 3]],
  ['message', frame('M').u8(1).u64(9n).text('p').u32(3).bytes(Buffer.from('abc')), ['message', true, 9n, 'p', 'abc']],
  ['stream start', frame('S').u32(HIGH).u8(1), ['stream start', HIGH, true]],
  ['stream stop', frame('E'), ['stream stop']],
  ['stream commit', frame('c').u32(HIGH).u8(0).u64(1n).u64(2n).u64(3n), ['stream commit', HIGH, 1n, 2n, EPOCH_US + 3n]],
  ['stream abort', frame('A').u32(HIGH).u32(5), ['stream abort', HIGH, 5, null]],
  ['stream abort of protocol 4', frame('A').u32(1).u32(5).u64(6n).u64(7n), ['stream abort', 1, 5, { lsn: 6n, timeUs: EPOCH_US + 7n }]],
  ['begin prepare', preparedBody(frame('b')), ['begin prepare', prepared]],
  ['prepare', preparedBody(frame('P').u8(0)), ['prepare', prepared]],
  ['commit prepared', preparedBody(frame('K').u8(0)), ['commit prepared', prepared]],
  ['stream prepare', preparedBody(frame('p').u8(0)), ['stream prepare', prepared]],
  [
    'rollback prepared',
    frame('r').u8(0).u64(1n).u64(2n).u64(3n).u64(4n).u32(HIGH).text('g'),
    ['rollback prepared', { ...prepared, rollbackTimeUs: EPOCH_US + 4n }],
  ],
];

function decodeAll(frames: readonly Buffer[]): unknown[][] {
  const recorder = new Recorder();
  const decoder = new PgoutputDecoder(recorder);
  for (const bytes of frames) decoder.decode(bytes, 0, bytes.length);
  return recorder.calls;
}

test.each(MESSAGES)('%s is read as documented', (_name, message, call) => {
  expect(decodeAll([message.build()])).toEqual([call]);
});

test.each(MESSAGES)('%s is read anywhere in a buffer', (_name, message, call) => {
  const bytes = message.build();
  const recorder = new Recorder();
  new PgoutputDecoder(recorder).decode(Buffer.concat([Buffer.from('before'), bytes, Buffer.from('after')]), 6, 6 + bytes.length);
  expect(recorder.calls).toEqual([call]);
});

test.each(MESSAGES)('%s cut short or with a byte too many is BAD_FRAME', (_name, message) => {
  const bytes = message.build();
  for (let end = 0; end < bytes.length; end += 1) {
    // The one message that is another when its last 16 bytes are missing.
    if (bytes[0] === 0x41 && end === 9) continue;
    expect(() => decodeAll([bytes.subarray(0, end)])).toThrow(/^BAD_FRAME/);
  }
  expect(() => decodeAll([Buffer.concat([bytes, Buffer.from([0])])])).toThrow(/^BAD_FRAME/);
});

test('changes inside a streamed block carry their transaction, outside they do not', () => {
  const insert = frame('I').u32(1).tag('N').tuple(['a']);
  const streamed = frame('I').u32(77).u32(1).tag('N').tuple(['a']);
  const streamedRelation = frame('R').u32(78).u32(5).text('s').text('t').tag('f').u16(0);
  const calls = decodeAll([frame('S').u32(76).u8(1), streamed, streamedRelation, frame('E'), insert].map((message) => message.build()));
  expect(calls).toEqual([
    ['stream start', 76, true],
    ['xid', 77],
    ['insert', 1, ['a']],
    ['xid', 78],
    ['relation', { oid: 5, schema: 's', name: 't', identity: 'f', columns: [] }],
    ['stream stop'],
    ['insert', 1, ['a']],
  ]);
});

test('messages that were not asked for are BAD_FRAME', () => {
  const { calls: _calls, stream: _stream, ...methods } = new Recorder();
  const handler: PgoutputHandler = Object.assign(Object.create(Recorder.prototype), methods, { stream: undefined });
  for (const letter of 'SEcAbPKrp?\0') {
    expect(() => new PgoutputDecoder(handler).decode(frame(letter).u64(0n).build(), 0, 9)).toThrow(/^BAD_FRAME/);
  }
});

test('rows with more columns than ever before are read whole', () => {
  const values = Array.from({ length: 1600 }, (_, i) => String(i));
  expect(decodeAll([frame('I').u32(1).tag('N').tuple(values).build()])).toEqual([['insert', 1, values]]);
});

test('mutated and truncated frames are read or are BAD_FRAME, and no range leaves the frame', () => {
  const anyMessage = fc.constantFrom(...MESSAGES.map(([, message]) => message.build()));
  const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 });
  fc.assert(
    fc.property(fc.array(fc.tuple(anyMessage, flips, fc.nat()), { minLength: 1, maxLength: 5 }), (frames) => {
      const decoder = new PgoutputDecoder(new Bounds());
      for (const [message, changes, cut] of frames) {
        const hostile = Buffer.from(cut % 3 === 0 ? message.subarray(0, cut % (message.length + 1)) : message);
        for (const [at, value] of changes) if (hostile.length > 0) hostile[at % hostile.length] = value;
        try {
          decoder.decode(hostile, 0, hostile.length);
        } catch (error) {
          if (!(error instanceof TailraceError) || error.code !== 'BAD_FRAME') throw error;
        }
      }
    }),
    { numRuns: 3000 },
  );
});

test('random bytes are read or are BAD_FRAME', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        new PgoutputDecoder(new Bounds()).decode(Buffer.from(bytes), 0, bytes.length);
      } catch (error) {
        if (!(error instanceof TailraceError) || error.code !== 'BAD_FRAME') throw error;
      }
    }),
    { numRuns: 3000 },
  );
});

/** Fails when a tuple points outside its buffer. */
class Bounds extends Recorder {
  override insert(...args: Parameters<Recorder['insert']>): void {
    check(args[1], args[2]);
    super.insert(...args);
  }
  override update(...args: Parameters<Recorder['update']>): void {
    if (args[1] !== null) check(args[1], args[3]);
    check(args[2], args[3]);
    super.update(...args);
  }
  override delete(...args: Parameters<Recorder['delete']>): void {
    check(args[1], args[2]);
    super.delete(...args);
  }
}

function check(tuple: Parameters<Recorder['insert']>[1], buf: Buffer): void {
  for (let i = 0; i < tuple.count; i += 1) {
    const start = tuple.start[i] ?? -1;
    const end = tuple.end[i] ?? -1;
    if (start < 0 || end < start || end > buf.length) throw new RangeError(`column ${i} lies at ${start}..${end} of ${buf.length}`);
  }
}
