import { parseLsn } from '../core/lsn.ts';
import type { DecodedFile } from './arrow-read.ts';
import type { FileEntry } from './manifest.ts';
import { ROW_COLUMN } from './row-columns.ts';

/**
 * The rows of a stream file that count. For a part of a transaction that was taken while it ran,
 * the manifest has the commit of the rows and the subtransactions that were rolled back, in place
 * of the columns.
 */
export function* fileRows(file: FileEntry, decoded: Pick<DecodedFile, 'fields' | 'rows'>): Generator<(string | null)[]> {
  const { commitLsn, commitTime = null, abortedXids = [] } = file;
  if (commitLsn === undefined) return yield* decoded.rows();
  const aborted = new Set(abortedXids.map(String));
  const place = (name: string): number => decoded.fields.indexOf(name);
  const [xid, lsn, time] = [place(ROW_COLUMN.xid), place(ROW_COLUMN.commitLsn), place(ROW_COLUMN.commitTime)];
  for (const row of decoded.rows()) {
    if (aborted.has(row[xid] ?? '')) continue;
    yield row.with(lsn, String(parseLsn(commitLsn))).with(time, commitTime);
  }
}
