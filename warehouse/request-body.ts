import type { IncomingMessage } from 'node:http';
import { raisedHere } from './clickhouse-code.ts';
import { decompressBlocks } from './wire/clickhouse-frame.ts';
import { decode } from './wire/content-encoding.ts';

const BODY_BYTES = 8 * 1024 * 1024;
const MULTIPART = 'multipart/form-data';

/** The content of a request's body: SQL that follows that of the URL, or more fields. */
export interface RequestBody {
  readonly sql: string;
  /** The same without any decoding: rows of an INSERT need not be text. */
  readonly bytes: Buffer;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/**
 * Reads the body in any supported compression. `blocks`: it uses ClickHouse's own compression.
 * Errors are the engine's, with its codes.
 */
export async function readRequestBody(message: IncomingMessage, blocks: boolean): Promise<RequestBody> {
  const packed = await readBytes(message);
  const encoding = message.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  const decoded = decode(packed, encoding, BODY_BYTES);
  if (decoded === undefined) throw unsupported(`a request body in ${encoding}`);
  const body = decoded !== null && blocks && decoded.length > 0 ? decompressBlocks(decoded, BODY_BYTES) : decoded;
  if (body === null) throw unreadable(`the body is not ${blocks ? "in ClickHouse's compression" : encoding}, or it is too large`);
  const type = message.headers['content-type'] ?? '';
  if (type.startsWith(MULTIPART)) return { sql: '', bytes: Buffer.alloc(0), fields: await readForm(type, body) };
  return { sql: body.toString('utf8'), bytes: body, fields: [] };
}

async function readBytes(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Long parameters come as a form; its fields count like those of the URL. */
async function readForm(type: string, body: Buffer): Promise<(readonly [string, string])[]> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData().catch(() => {
    throw unreadable('the form cannot be read');
  });
  return [...form].map(([name, value]) => {
    if (typeof value !== 'string') throw unsupported(`the external table ${name}`);
    return [name, value] as const;
  });
}

/** A refusal that names what is not supported. */
export function unsupported(what: string): Error {
  return raisedHere(48, `${what} is not supported here. (NOT_IMPLEMENTED)`);
}

function unreadable(what: string): Error {
  return raisedHere(36, `${what}. (BAD_ARGUMENTS)`);
}

function tooLarge(): Error {
  return raisedHere(307, `the query is larger than ${BODY_BYTES} bytes. (TOO_MANY_BYTES)`);
}
