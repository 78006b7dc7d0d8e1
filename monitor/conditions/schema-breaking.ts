import type { Condition } from '../alert.ts';
import type { BreakingVersion } from '../schema-watch.ts';
import { versionText } from '../../lake/schemas/schema-history.ts';

/** Tables whose readers cannot go on as they are. Replication itself goes on. */
export function schemaBreaking(found: readonly BreakingVersion[]): Condition[] {
  return found.map(({ before, version, what }) => ({
    key: `schema-breaking ${version.table}`,
    kind: 'schema-breaking',
    severity: 'warn',
    holdMs: 0,
    table: version.table,
    stage: null,
    summary: `${versionText(version)} breaks readers of ${versionText(before)} from ${version.lsn} on: ${what}.`,
    figures: { version: version.n, lsn: version.lsn },
  }));
}
