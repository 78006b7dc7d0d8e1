import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { TailraceError } from '../../core/errors.ts';
import { pageKey } from '../keys.ts';

/**
 * Format of a page: manifests of consecutive numbers in one object, `page/<k>.json.zst`, k from 0.
 *
 * Page k has the manifests 1000k+1 to 1000(k+1). Each is a line: its stored bytes as they were, and
 * a newline. An empty line stands for a manifest that was lost, and that nothing needs since a
 * later epoch began. The lines are one zstd frame with a checksum. Pages are put once and have no
 * gaps. A number that a page has is decided by the page, even if `stream/` has another object.
 */

/** How many manifests a page has. */
export const MANIFESTS_PER_PAGE = 1_000;

/** The bytes of its manifests by number; null: lost for good. */
export type PageLines = readonly (Uint8Array | null)[];

const NEWLINE = 0x0a;
const OPTIONS = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };

/** Lines of a page → its object. A manifest that has a newline cannot be a line. */
export function encodePage(lines: PageLines): Uint8Array {
  const newline = Buffer.from([NEWLINE]);
  return zstdCompressSync(Buffer.concat(lines.flatMap((line) => (line === null ? [newline] : [line, newline]))), OPTIONS);
}

/** Object of page `k` → its lines. LAKE_CORRUPT names the page that is damaged. */
export function decodePage(k: number, bytes: Uint8Array, count: number): PageLines {
  const text = decompressed(k, bytes);
  const lines: (Uint8Array | null)[] = [];
  for (let start = 0; start < text.length;) {
    const end = text.indexOf(NEWLINE, start);
    if (end < 0) break;
    lines.push(end === start ? null : text.subarray(start, end));
    start = end + 1;
  }
  if (lines.length !== count || text.at(-1) !== NEWLINE) throw damaged(k, `it has ${lines.length} lines, not ${count}`);
  return lines;
}

/** Whether the bytes can be a line of a page. */
export function isLine(bytes: Uint8Array): boolean {
  return bytes.length > 0 && !bytes.includes(NEWLINE);
}

function decompressed(k: number, bytes: Uint8Array): Buffer {
  try {
    return zstdDecompressSync(bytes);
  } catch (error) {
    throw damaged(k, 'it is not zstd, or not whole', error);
  }
}

function damaged(k: number, what: string, cause?: unknown): TailraceError {
  return new TailraceError('LAKE_CORRUPT', `${pageKey(k)} is damaged: ${what}`, {
    hint: 'Restore the object.',
    ...(cause === undefined ? {} : { cause }),
  });
}
