import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collect } from '../../test/support/collect.ts';
import { compressBlock, compressFrame, decompressBlock, decompressFrame } from './lz4.ts';

/**
 * What `lz4 -9 -BD` (1.9.4) makes of "abcabcabc… abc" (60 times) and a line break: dependent
 * blocks, content checksum.
 */
const FRAME = 'BCJNGGRApw0AAAA/YWJjAwCaUGNhYmMKAAAAACd8kaE=';
const content = Buffer.from(`${'abc'.repeat(60)}\n`);
/** Random bytes, and bytes that repeat near and far. */
const bytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.nat({ max: 400 }).map((n) => new Uint8Array(n).fill(n % 3)),
    ),
  )
  .map((pieces) => Buffer.concat([...pieces, ...pieces]));

test('a block returns the bytes that were put into it, with any repetitions', () => {
  fc.assert(
    fc.property(bytes, (input) => {
      const out = Buffer.alloc(input.length);
      expect(decompressBlock(compressBlock(input), out, 0)).toBe(input.length);
      expect(out).toEqual(input);
    }),
  );
});

test('a block of lines is smaller than they are', () => {
  const lines = Buffer.from(Array.from({ length: 5000 }, (_, i) => `${i}\tname ${i % 17}\n`).join(''));
  expect(compressBlock(lines).length).toBeLessThan(lines.length / 2);
});

test('bytes that are no block are told, and never read or write beyond their ends', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat({ max: 50 }), (input, room) => {
      const end = decompressBlock(input, Buffer.alloc(room), 0);
      expect(end === null || end <= room).toBe(true);
    }),
  );
});

test('a frame has the bytes that were put into it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(bytes), async (pieces) => {
      const frame = Buffer.concat(
        await collect(
          compressFrame(
            (async function* () {
              yield* pieces;
            })(),
          ),
        ),
      );
      expect(decompressFrame(frame, 1_000_000)).toEqual(Buffer.concat(pieces));
    }),
  );
});

test('a frame of the lz4 program is read, and one that is larger than allowed is not', () => {
  const frame = Buffer.from(FRAME, 'base64');
  expect(decompressFrame(frame, 1000)).toEqual(content);
  expect(decompressFrame(frame, content.length - 1)).toBeNull();
  expect(decompressFrame(frame.subarray(0, -9), 1000)).toBeNull();
});
