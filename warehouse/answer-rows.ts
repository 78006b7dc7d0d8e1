import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { exceptionOf } from './clickhouse-code.ts';
import { compressBlocks } from './clickhouse-frame.ts';
import type { BlockMethod } from './clickhouse-frame.ts';
import { encode } from './content-encoding.ts';
import type { ContentEncoding } from './content-encoding.ts';
import { exceptionFrame } from './exception-frame.ts';

/**
 * The reason of a failure is on its way to a client for this long before the connection is reset.
 */
const LAST_WORDS_MS = 500;

export interface Rows {
  readonly body: AsyncIterable<Uint8Array>;
  /** In ClickHouse's own compression; null: not. */
  readonly blocks: BlockMethod | null;
  /** Of HTTP, around the other one. */
  readonly encoding: ContentEncoding | null;
  /** As the response's header told it. */
  readonly tag: string;
}

/**
 * Sends the rows of a query as the body of `response`, with back-pressure.
 * A failure half way is the end of the body, in words; then the answer is broken off, so that no
 * client takes it for whole. Rejects when the client went away.
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
 * HTTP/1.1: the last chunk is missing. HTTP/1.0, nginx's default towards its upstreams, has no
 * chunks: there the end of the connection is the end of the body, and only a reset differs from it.
 * A reset drops what the client has not received yet, so it comes a moment later.
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
