/**
 * LZ4 blocks and frames, which Node does not have. Rules of a block:
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md, of a frame:
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 */
const HASH_BITS = 14;
/** Golden ratio of 32 bits: spreads four bytes over the table. */
const HASH_FACTOR = -1_640_531_535;
const SHORTEST_MATCH = 4;
/** The last match begins at least this far from the end, and the last five bytes are literals. */
const MATCH_END = 12;
const LAST_LITERALS = 5;
const FARTHEST = 0xffff;

/**
 * Magic number, version 1 with independent blocks of at most 64 KiB, and the checksum of these two
 * bytes.
 */
const FRAME_HEADER = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]);
const FRAME_MAGIC = 0x184d2204;
const FRAME_BLOCK = 64 * 1024;
const STORED = 0x8000_0000;

/** One block of the input. */
export function compressBlock(input: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(input.length + Math.ceil(input.length / 255) + 16);
  const seen = new Int32Array(1 << HASH_BITS).fill(-1);
  let [anchor, to] = [0, 0];
  for (let at = 0; at < input.length - MATCH_END;) {
    const four = read32(input, at);
    const slot = Math.imul(four, HASH_FACTOR) >>> (32 - HASH_BITS);
    const before = seen[slot] ?? -1;
    seen[slot] = at;
    if (before < 0 || at - before > FARTHEST || read32(input, before) !== four) {
      at += 1 + ((at - anchor) >> 6); // what does not compress is passed faster and faster
      continue;
    }
    let length = SHORTEST_MATCH;
    const most = input.length - LAST_LITERALS - at;
    while (length < most && input[before + length] === input[at + length]) length += 1;
    to = writeSequence(out, to, { literals: input.subarray(anchor, at), offset: at - before, length });
    at += length;
    anchor = at;
  }
  return out.subarray(0, writeSequence(out, to, { literals: input.subarray(anchor), offset: 0, length: SHORTEST_MATCH }));
}

/**
 * Writes the content of a block into `out` from `at` on; it may refer to earlier bytes of `out`.
 * Returns where it ends. Null: not a block, or no room.
 */
export function decompressBlock(input: Uint8Array, out: Buffer, at: number): number | null {
  let [from, to] = [0, at];
  const longer = (length: number): number => {
    let sum = length;
    for (let byte = length === 15 ? 255 : 0; byte === 255; sum += byte) byte = input[from++] ?? Number.NaN;
    return sum;
  };
  while (from < input.length) {
    const token = input[from++] ?? 0;
    const literals = longer(token >> 4);
    if (!(from + literals <= input.length && to + literals <= out.length)) return null;
    out.set(input.subarray(from, from + literals), to);
    [from, to] = [from + literals, to + literals];
    if (from === input.length) return to;
    const offset = (input[from] ?? 0) | ((input[from + 1] ?? 0) << 8);
    from += 2;
    const end = to + SHORTEST_MATCH + longer(token & 15);
    if (!(offset > 0 && offset <= to && end <= out.length)) return null;
    for (; to < end; to += 1) out[to] = out[to - offset] ?? 0; // may overlap itself, so byte by byte
  }
  return to;
}

/** Bytes → one LZ4 frame. */
export async function* compressFrame(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  yield FRAME_HEADER;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += FRAME_BLOCK) {
      const block = compressBlock(chunk.subarray(at, at + FRAME_BLOCK));
      yield Buffer.concat([uint32(block.length), block]);
    }
  }
  yield uint32(0);
}

/**
 * One whole frame → its content, at most `limit` bytes. Null: not a frame, or too large. Checksums
 * are not verified.
 */
export function decompressFrame(frame: Buffer, limit: number): Buffer | null {
  if (frame.length < FRAME_HEADER.length || frame.readUInt32LE(0) !== FRAME_MAGIC) return null;
  const flags = frame[4] ?? 0;
  const [blockChecksum, contentSize] = [(flags & 0x10) === 0 ? 0 : 4, (flags & 0x08) === 0 ? 0 : 8];
  if (flags >> 6 !== 1 || (flags & 1) !== 0) return null; // another version, or a dictionary
  const out = Buffer.allocUnsafe(limit);
  let to = 0;
  for (let at = 7 + contentSize; at + 4 <= frame.length;) {
    const word = frame.readUInt32LE(at);
    if (word === 0) return Buffer.from(out.subarray(0, to));
    const [begin, length] = [at + 4, word % STORED];
    const block = frame.subarray(begin, begin + length);
    if (block.length < length) return null;
    const end = word < STORED ? decompressBlock(block, out, to) : to + length <= limit ? to + block.copy(out, to) : null;
    if (end === null) return null;
    to = end;
    at = begin + length + blockChecksum;
  }
  return null;
}

interface Sequence {
  readonly literals: Uint8Array;
  /** 0: the last sequence, which has literals only. */
  readonly offset: number;
  readonly length: number;
}

function writeSequence(out: Buffer, at: number, { literals, offset, length }: Sequence): number {
  const extra = length - SHORTEST_MATCH;
  let to = at;
  out[to++] = (Math.min(literals.length, 15) << 4) | Math.min(extra, 15);
  to = writeLonger(out, to, literals.length);
  out.set(literals, to);
  to += literals.length;
  if (offset === 0) return to;
  out[to++] = offset & 0xff;
  out[to++] = offset >> 8;
  return writeLonger(out, to, extra);
}

function writeLonger(out: Buffer, at: number, length: number): number {
  if (length < 15) return at;
  let [to, left] = [at, length - 15];
  for (; left >= 255; left -= 255) out[to++] = 255;
  out[to++] = left;
  return to;
}

function read32(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
