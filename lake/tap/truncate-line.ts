import { formatLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import { oidOf } from '../../core/table.ts';
import { versionText } from '../schemas/schema-history.ts';
import type { SchemaHistory } from '../schemas/schema-history.ts';
import { lineText } from './tapped-file.ts';
import type { TapLine } from './tapped-file.ts';

/** All rows of the table so far are gone. */
export function truncateLine(history: SchemaHistory, tableId: string, at: Lsn): TapLine {
  const newest = history.newest(tableId);
  const of = { table: newest?.table ?? tableId, oid: oidOf(tableId), version: newest === null ? '' : versionText(newest) };
  const facts = { op: 'truncate', key: null, row: null, lsn: formatLsn(at), ordinal: 0, commitTime: null, xid: null } as const;
  return { lsn: at, ordinal: 0, text: () => lineText(of, facts) };
}
