import type { ConfigOf } from '../../core/config.ts';
import { bytes } from '../../core/figures.ts';
import { elapsed } from '../../core/time.ts';
import { readEpochs } from '../../lake/epoch.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { walBudget } from '../../monitor/wal-budget.ts';
import { connect } from '../../postgres/session/connect.ts';
import { readSlot } from '../../postgres/slot/slot.ts';
import { readHealth } from '../../postgres/slot/source-health.ts';
import { sourceOf } from '../ends.ts';

const LOOK_EVERY_MS = 10_000;

/**
 * Why a paused replicator must work again: the source keeps three quarters of the WAL budget, at
 * which an alert is sent too, or it may soon remove WAL of the slot. null: it need not; also
 * between looks, which come every ten seconds.
 */
export function walHarm(config: ConfigOf<'replicate'>, store: ObjectStore): () => Promise<string | null> {
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  return async () => {
    if (elapsed() - lookedAtMs < LOOK_EVERY_MS) return null;
    lookedAtMs = elapsed();
    const name = (await readEpochs(store)).at(-1)?.slot;
    if (name === undefined) return null;
    await using connection = await connect(sourceOf(config, 'pause'));
    const slot = await readSlot(connection, name);
    if (slot?.walStatus === 'unreserved') return `the source is about to remove WAL that slot ${name} needs`;
    const budget = walBudget(config['source.walBudget'] ?? null, await readHealth(connection, name), slot?.retainedBytes ?? null);
    if (budget.level !== 'alert' && budget.level !== 'spent') return null;
    return `the source keeps ${bytes(slot?.retainedBytes ?? 0)} of WAL, of a budget of ${bytes(budget.budgetBytes ?? 0)}`;
  };
}
