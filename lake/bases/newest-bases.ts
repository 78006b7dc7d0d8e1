import type { BaseFacts } from '../base-facts.ts';
import type { ManifestLog } from '../manifest-log.ts';
import type { Base, BaseLog } from './base-log.ts';
import { isInHistory } from './newest-base.ts';

/** The newest whole base of each table that lies in the history of this lake, by table id. */
export async function newestBases(bases: BaseLog, manifests: Pick<ManifestLog, 'read'>): Promise<Map<string, Base>> {
  const newest = new Map<string, Base>();
  for (const base of await bases.whole()) {
    const known = newest.get(base.plan.tableId);
    if (known !== undefined && known.plan.manifest > base.plan.manifest) continue;
    if (await isInHistory(manifests, base.plan)) newest.set(base.plan.tableId, base);
  }
  return newest;
}

/** What people and programs learn of a base. */
export function factsOf({ plan, done, proof }: Base): BaseFacts {
  const { table, consistentPoint, createdAt } = plan;
  const judged = proof === null ? null : proof.equal ? proof.by : 'unequal';
  return { table, lsn: consistentPoint, rows: done.rows, bytes: done.bytes, at: createdAt, proof: judged };
}
