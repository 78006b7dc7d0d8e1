import { bytes, count, table } from '../../core/figures.ts';
import { matchNamed } from '../../core/table-glob.ts';
import { BaseLog } from '../../lake/bases/base-log.ts';
import type { BaseProof } from '../../lake/bases/base-log.ts';
import type { ManifestLog } from '../../lake/manifest-log.ts';
import { lastLook } from '../../lake/retention/sweep-look.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';

/**
 * The bases, and how far back the batches of each table reach, as lines, for the tables that match
 * the globs (null: all).
 */
export async function historyListing(store: ObjectStore, log: ManifestLog, globs: readonly string[] | null): Promise<string[]> {
  const whole = (await new BaseLog(store).whole()).map((base) => ({ ...base, table: base.plan.table }));
  const bases = matchNamed(globs, whole, true).map(({ plan, done, proof }) => [
    plan.table,
    `${plan.tableId} b${plan.n}`,
    plan.consistentPoint,
    String(plan.manifest),
    count(done.rows),
    bytes(done.bytes),
    judgement(proof),
  ]);
  const floors = (await lastLook(store))?.look.floors ?? [];
  const swept = matchNamed(globs, floors, true).filter(({ manifest }) => manifest > 0);
  const kept = await Promise.all(
    swept.map(async ({ table: name, tableId, manifest, heldBy }) => {
      const last = await log.read(manifest);
      return [name, tableId, String(manifest + 1), last?.to ?? '–', last?.commitTimes?.[1] ?? '–', heldBy];
    }),
  );
  return [
    `bases: ${bases.length}`,
    ...(bases.length === 0 ? [] : table([['table', 'base', 'point', 'batch', 'rows', 'size', ''], ...bases], [3, 4, 5])),
    '',
    `history: ${kept.length === 0 ? 'from the first batch on' : 'from the first batch on, except for these tables'}`,
    ...(kept.length === 0 ? [] : table([['table', 'id', 'from batch', 'position', 'after the commit of', 'held by'], ...kept], [2])),
  ];
}

function judgement(proof: BaseProof | null): string {
  if (proof === null) return 'not proven';
  return proof.equal ? `proven by ${proof.by}` : `not equal: ${proof.reason ?? proof.by}`;
}
