import type { Condition } from '../alert.ts';
import type { StatusReport } from '../status.ts';

/** A reader may be late, and a base without a proof, for some hours. */
const RETENTION_HOLD_MS = 6 * 3_600_000;

/** One alert for all tables whose old batches stay. A pin is what a person wanted. */
export function retentionHeldUp({ lake, bases }: StatusReport): Condition[] {
  const proofs = new Map(bases.map(({ table, proof }) => [table, proof]));
  const wrong = bases
    .filter(({ proof }) => proof === 'unequal')
    .map(({ table }) => ({ table, reason: 'its newest base was judged unequal' }));
  const held = lake.heldBy.filter(
    ({ table, reason }) => reason.startsWith('reader ') || (/base/.test(reason) && proofs.get(table) === null),
  );
  const [first] = [...wrong, ...held];
  if (first === undefined) return [];
  const more = wrong.length + held.length - 1;
  const common = { key: 'retention-held-up', kind: 'retention-held-up', table: more === 0 ? first.table : null, stage: 'lake' } as const;
  const weight =
    wrong.length > 0 ? ({ severity: 'alert', holdMs: 0 } as const) : ({ severity: 'warn', holdMs: RETENTION_HOLD_MS } as const);
  const others = more === 0 ? '' : ` So do those of other tables: ${more}.`;
  const summary = `Old batches of ${first.table} stay in the lake: ${first.reason}.${others}`;
  return [{ ...common, ...weight, summary, figures: { tables: more + 1, floor: lake.floor } }];
}
