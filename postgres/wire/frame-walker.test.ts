import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameBuilder } from '../../test/support/pgoutput/pgoutput-frames.ts';
import { FrameWalker } from './frame-walker.ts';

function walk(chunks: readonly Buffer[]): string[] {
  const walker = new FrameWalker();
  const seen: string[] = [];
  for (const chunk of chunks) {
    walker.push(chunk, (type, buf, start, end) => seen.push(`${String.fromCharCode(type)}:${buf.toString('latin1', start, end)}`));
  }
  return seen;
}

/** Cuts the bytes at the given places. */
function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return sorted.slice(1).map((end, i) => bytes.subarray(sorted[i], end));
}

test('messages are the same however the bytes are cut into chunks', () => {
  const message = fc.tuple(fc.constantFrom('d', 'N', 'c'), fc.string({ maxLength: 40 }));
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 12 }), (messages, places) => {
      const bytes = Buffer.concat(messages.map(([type, text]) => new FrameBuilder().bytes(Buffer.from(text, 'latin1')).framed(type)));
      const expected = messages.map(([type, text]) => `${type}:${Buffer.from(text, 'latin1').toString('latin1')}`);
      expect(walk(cutAt(bytes, places))).toEqual(expected);
    }),
  );
});

test('a message of many chunks arrives whole', () => {
  const body = Buffer.alloc(3_000_000, 'x');
  const bytes = new FrameBuilder().bytes(body).framed('d');
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 65_536) chunks.push(bytes.subarray(at, at + 65_536));
  const [only, ...others] = walk([...chunks, new FrameBuilder().framed('c')]);
  expect(only?.length).toBe(body.length + 2);
  expect(others).toEqual(['c:']);
});

test.each([0, 3, 0x40000000, 0xffffffff])('a length of %i is BAD_FRAME', (length) => {
  expect(() => walk([new FrameBuilder().tag('d').u32(length).build()])).toThrow(/^BAD_FRAME/);
  expect(() => walk([Buffer.from('d'), new FrameBuilder().u32(length).build()])).toThrow(/^BAD_FRAME/);
});
