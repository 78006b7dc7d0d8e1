import { CLICKHOUSE, raisedHere } from './clickhouse-code.ts';
import { nativeLayout, readVarUint } from './wire/native-type.ts';

/**
 * Native blocks for a client of a newer protocol. The engine writes blocks of revision 0 into a
 * file. A client that names its `client_protocol_version` expects facts about the block before it,
 * and a byte about the serialization after each type. Source: NativeWriter and ProtocolDefines.h of
 * ClickHouse.
 */
const WITH_WAY_OF_WRITING = 54_454;
/** Clients older than this read LowCardinality as the plain type. */
export const WITH_LOW_CARDINALITY = 54_405;
/** No overflows, no bucket, end. */
const BLOCK_INFO = Buffer.from([1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0]);
const PLAIN_WAY = Buffer.from([0]);
const LONGEST_BLOCK = 256 * 1024 * 1024;

/**
 * Native of revision 0 → Native of a higher revision. Errors: NOT_IMPLEMENTED with the type whose
 * length cannot be determined.
 */
export async function* raiseRevision(source: AsyncIterable<Uint8Array>, revision: number): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  let triedAt = 0;
  for await (const chunk of source) {
    held = Buffer.concat([held, chunk]);
    // An incomplete block is parsed again when twice as many bytes are there.
    if (held.length < 2 * triedAt) continue;
    const taken = takeBlocks(held, revision);
    yield* taken.blocks;
    held = held.subarray(taken.end);
    triedAt = held.length;
    if (held.length > LONGEST_BLOCK) throw refused('a block of more than 256 MiB');
  }
  const last = takeBlocks(held, revision);
  yield* last.blocks;
  if (last.end < held.length) throw raisedHere(CLICKHOUSE.unexpectedEnd, 'a block is not whole. (UNEXPECTED_END_OF_FILE)');
}

function takeBlocks(bytes: Buffer, revision: number): { blocks: Buffer[]; end: number } {
  const blocks: Buffer[] = [];
  let end = 0;
  while (end < bytes.length) {
    const block = takeBlock(bytes, end, revision);
    if (block === null) break;
    blocks.push(...block.pieces);
    ({ end } = block);
  }
  return { blocks, end };
}

function takeBlock(bytes: Buffer, at: number, revision: number): { pieces: Buffer[]; end: number } | null {
  const columns = readVarUint(bytes, at);
  const rows = columns === null ? null : readVarUint(bytes, columns.end);
  if (columns === null || rows === null) return null;
  const pieces = [BLOCK_INFO, bytes.subarray(at, rows.end)];
  let { end } = rows;
  for (let column = 0; column < columns.value; column += 1) {
    const name = readText(bytes, end);
    const type = name === null ? null : readText(bytes, name.end);
    if (type === null) return null;
    const layout = nativeLayout(type.text);
    if (layout === null) throw refused(`client_protocol_version with a column of type ${type.text}, in the Native format,`);
    const from = rows.value === 0 ? type.end : layout.prefix(bytes, type.end);
    const to = from === null || rows.value === 0 ? from : layout.values(bytes, from, rows.value);
    if (to === null) return null;
    pieces.push(bytes.subarray(end, type.end), ...(revision < WITH_WAY_OF_WRITING ? [] : [PLAIN_WAY]), bytes.subarray(type.end, to));
    end = to;
  }
  return { pieces, end };
}

function readText(bytes: Buffer, at: number): { text: string; end: number } | null {
  const length = readVarUint(bytes, at);
  if (length === null || length.end + length.value > bytes.length) return null;
  const end = length.end + length.value;
  return { text: bytes.toString('utf8', length.end, end), end };
}

function refused(what: string): Error {
  return raisedHere(CLICKHOUSE.notImplemented, `${what} is not supported here. (NOT_IMPLEMENTED)`);
}
