import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { exceptionOf } from './clickhouse-code.ts';
import { compressBlocks } from './wire/clickhouse-frame.ts';
import type { BlockMethod } from './wire/clickhouse-frame.ts';
import { encode } from './wire/content-encoding.ts';
import type { ContentEncoding } from './wire/content-encoding.ts';
import { exceptionFrame } from './exception-frame.ts';

/** How long the reason of a failure may travel to the client before the connection is reset. */
const LAST_WORDS_MS = 500;

export interface Rows {
  readonly body: AsyncIterable<Uint8Array>;
  /** Method of ClickHouse's own compression; null: none. */
  readonly blocks: BlockMethod | null;
  /** HTTP compression, applied after the other one. */
  readonly encoding: ContentEncoding | null;
  /** Exception tag, as sent in the response header. */
  readonly tag: string;
}

/**
 * Sends the rows of a query as the body of `response`, with back-pressure.
 * When the query fails after its first rows, its error text ends the body and the connection is
 * then broken off, so that no client takes the answer for complete. Rejects when the client has
 * left.
 */
export async function answerRows(response: ServerResponse, { body, blocks, encoding, tag }: Rows): Promise<void> {
  let failed = false;
  const rows = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      failed = true;
      yield exceptionFrame(tag, exceptionOf(error).text);
    }
  };
  const packed = blocks === null ? rows() : compressBlocks(rows(), blocks);
  const sent = encoding === null ? packed : encode(packed, encoding);
  await pipeline(Readable.from(sent, { objectMode: false }), response, { end: false });
  if (failed) return breakOff(response);
  response.end();
  await finished(response);
}

/**
 * HTTP/1.1: the last chunk stays missing. HTTP/1.0, nginx's default towards its upstreams, has no
 * chunks: the end of the connection is the end of the body, and only a reset differs from it. A
 * reset drops what the client has not received yet, so it comes a moment later.
 */
async function breakOff(response: ServerResponse): Promise<void> {
  const { socket } = response;
  await new Promise<void>((sent) => response.write('', () => sent()));
  if (response.chunkedEncoding) {
    response.destroy();
    return;
  }
  await sleep(LAST_WORDS_MS);
  socket?.resetAndDestroy();
}
