import { badFrame } from '../wire/byte-reader.ts';

export const TUPLE_NULL = 0x6e; // n
export const TUPLE_UNCHANGED = 0x75; // u
export const TUPLE_TEXT = 0x74; // t
export const TUPLE_BINARY = 0x62; // b

export const IMAGE_NEW = 0x4e; // N
/** Identity columns only; the others are `n`. */
export const IMAGE_KEY = 0x4b; // K
/** The full old row. */
export const IMAGE_OLD = 0x4f; // O
type Image = typeof IMAGE_NEW | typeof IMAGE_KEY | typeof IMAGE_OLD;

/**
 * The positions of the values of one row image in a buffer. The object is reused for the next row:
 * read it only during the callback. For column i, `kind[i]` is `n` (NULL; in a key image also "not
 * sent"), `u` (unchanged TOAST, not sent), `t` or `b`; its bytes are `start[i]` to `end[i]` (both 0
 * when there are none).
 */
export interface TupleRange {
  image: Image;
  count: number;
  /** Size of the image in the frame. */
  bytes: number;
  kind: Uint8Array;
  start: Int32Array;
  end: Int32Array;
}

const FIRST_CAPACITY = 128;

export function emptyTuple(): TupleRange {
  return {
    image: IMAGE_NEW,
    count: 0,
    bytes: 0,
    kind: new Uint8Array(FIRST_CAPACITY),
    start: new Int32Array(FIRST_CAPACITY),
    end: new Int32Array(FIRST_CAPACITY),
  };
}

function grow(tuple: TupleRange, count: number): void {
  const capacity = Math.max(count, tuple.kind.length * 2);
  tuple.kind = new Uint8Array(capacity);
  tuple.start = new Int32Array(capacity);
  tuple.end = new Int32Array(capacity);
}

/**
 * Reads a TupleData that begins at `at` into `tuple` and returns the position after it. Throws
 * BAD_FRAME.
 * https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html#PROTOCOL-LOGICALREP-MESSAGE-FORMATS-TUPLEDATA
 */
export function readTuple(buf: Buffer, at: number, frameEnd: number, tuple: TupleRange): number {
  if (frameEnd - at < 2) throw badFrame('a tuple ends too early');
  const count = buf.readUInt16BE(at);
  let position = at + 2;
  // Each column takes at least one byte, so a wrong count cannot grow the arrays beyond the frame.
  if (count > frameEnd - position) throw badFrame('a tuple has more columns than bytes');
  if (count > tuple.kind.length) grow(tuple, count);
  const { kind, start, end } = tuple;
  for (let i = 0; i < count; i += 1) {
    if (position >= frameEnd) throw badFrame('a tuple ends too early');
    const code = buf[position];
    position += 1;
    if (code === TUPLE_TEXT || code === TUPLE_BINARY) {
      if (frameEnd - position < 4) throw badFrame('a value ends too early');
      const length = buf.readUInt32BE(position);
      position += 4;
      if (length > frameEnd - position) throw badFrame('a value is longer than its frame');
      kind[i] = code;
      start[i] = position;
      position += length;
      end[i] = position;
    } else if (code === TUPLE_NULL || code === TUPLE_UNCHANGED) {
      kind[i] = code;
      start[i] = 0;
      end[i] = 0;
    } else {
      throw badFrame(`unknown kind of value ${code}`);
    }
  }
  tuple.count = count;
  tuple.bytes = position - at;
  return position;
}
