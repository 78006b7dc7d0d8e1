import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { cityHash128 } from './cityhash128.ts';
import { compressBlock, decompressBlock } from './lz4.ts';

/**
 * ClickHouse's own compression, as in `compress=1` and `decompress=1`. A block has a checksum (16
 * bytes), the method, the size with this header (UInt32), the size of the content (UInt32), and the
 * data. Source: https://clickhouse.com/docs/en/native-protocol/compression
 */
const CHECKSUM = 16;
const HEADER = 9;
const METHODS = { none: 0x02, lz4: 0x82, zstd: 0x90 } as const;
export type BlockMethod = keyof typeof METHODS;
/** Values of `network_compression_method`. For its reader, LZ4HC is LZ4. */
const NAMES: Readonly<Record<string, BlockMethod>> = { LZ4: 'lz4', LZ4HC: 'lz4', ZSTD: 'zstd', NONE: 'none' };
const LONGEST_BLOCK = 1024 * 1024;

/** A value of `network_compression_method` → the method, or null. */
export function blockMethod(name: string): BlockMethod | null {
  return NAMES[name.toUpperCase()] ?? null;
}

/** Bytes → blocks of a method. */
export async function* compressBlocks(source: AsyncIterable<Uint8Array>, method: BlockMethod): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += LONGEST_BLOCK) {
      const content = chunk.subarray(at, at + LONGEST_BLOCK);
      const data = dataOf(method, content);
      const block = Buffer.alloc(HEADER + data.length);
      block.writeUInt8(METHODS[method], 0);
      block.writeUInt32LE(block.length, 1);
      block.writeUInt32LE(content.length, 5);
      block.set(data, HEADER);
      yield cityHash128(block);
      yield block;
    }
  }
}

function dataOf(method: BlockMethod, content: Uint8Array): Uint8Array {
  if (method === 'none') return content;
  return method === 'lz4' ? compressBlock(content) : zstdCompressSync(content, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
}

/**
 * Whole blocks of any method → their content, at most `limit` bytes. Null: not such blocks, a wrong
 * checksum, or too large.
 */
export function decompressBlocks(blocks: Buffer, limit: number): Buffer | null {
  const contents: Buffer[] = [];
  let left = limit;
  for (let at = 0; at < blocks.length;) {
    if (at + CHECKSUM + HEADER > blocks.length) return null;
    const size = blocks.readUInt32LE(at + CHECKSUM + 1);
    const block = blocks.subarray(at + CHECKSUM, at + CHECKSUM + size);
    if (size < HEADER || block.length < size || !cityHash128(block).equals(blocks.subarray(at, at + CHECKSUM))) return null;
    const length = block.readUInt32LE(5);
    left -= length;
    const content = left < 0 ? null : contentOf(block.readUInt8(0), block.subarray(HEADER), length);
    if (content?.length !== length) return null;
    contents.push(content);
    at += CHECKSUM + size;
  }
  return Buffer.concat(contents);
}

function contentOf(method: number, data: Buffer, length: number): Buffer | null {
  if (method === METHODS.none) return data;
  if (method === METHODS.zstd) return zstdDecompressSync(data, { maxOutputLength: Math.max(1, length) });
  if (method !== METHODS.lz4) return null;
  const content = Buffer.alloc(length);
  return decompressBlock(data, content, 0) === length ? content : null;
}
