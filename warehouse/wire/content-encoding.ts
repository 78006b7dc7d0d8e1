import { Readable } from 'node:stream';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream';
import {
  brotliDecompressSync,
  constants,
  createBrotliCompress,
  createDeflate,
  createGzip,
  createZstdCompress,
  gunzipSync,
  inflateSync,
  zstdDecompressSync,
} from 'node:zlib';
import { compressFrame, decompressFrame } from './lz4.ts';

/**
 * HTTP compressions that ClickHouse's clients ask for, the cheapest first: on loopback compression
 * only costs time.
 */
const ENCODINGS = ['lz4', 'zstd', 'gzip', 'deflate', 'br'] as const;
export type ContentEncoding = (typeof ENCODINGS)[number];

/** An Accept-Encoding header → the encoding of the answer; null: none. */
export function chooseEncoding(accepted: string): ContentEncoding | null {
  const offers = accepted.split(',').map((offer) =>
    offer
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/),
  );
  const wanted = new Set(offers.flatMap(([name = '', weight = '']) => (/^q=0(?:\.0*)?$/.test(weight) ? [] : [name])));
  return ENCODINGS.find((encoding) => wanted.has(encoding)) ?? null;
}

/** Bytes → bytes in an encoding. Errors of `source` are not expected. */
export function encode(source: AsyncIterable<Uint8Array>, encoding: ContentEncoding): AsyncIterable<Uint8Array> {
  if (encoding === 'lz4') return compressFrame(source);
  const encoder = encoderOf(encoding);
  pipeline(Readable.from(source, { objectMode: false }), encoder, () => undefined);
  return encoder;
}

function encoderOf(encoding: Exclude<ContentEncoding, 'lz4'>): Transform {
  switch (encoding) {
    case 'gzip':
      return createGzip({ level: constants.Z_BEST_SPEED });
    case 'deflate':
      return createDeflate({ level: constants.Z_BEST_SPEED });
    case 'br':
      return createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
    case 'zstd':
      return createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  }
}

/**
 * A whole body in an encoding → its content, at most `limit` bytes. Null: not in that encoding, or
 * too large. Undefined: an encoding that is not supported.
 */
export function decode(body: Buffer, encoding: string, limit: number): Buffer | null | undefined {
  const decoder = DECODERS[encoding];
  if (decoder === undefined) return undefined;
  try {
    return decoder(body, limit);
  } catch {
    return null;
  }
}

const DECODERS: Readonly<Record<string, (body: Buffer, limit: number) => Buffer | null>> = {
  identity: (body) => body,
  gzip: (body, limit) => gunzipSync(body, { maxOutputLength: limit }),
  deflate: (body, limit) => inflateSync(body, { maxOutputLength: limit }),
  br: (body, limit) => brotliDecompressSync(body, { maxOutputLength: limit }),
  zstd: (body, limit) => zstdDecompressSync(body, { maxOutputLength: limit }),
  lz4: decompressFrame,
};
