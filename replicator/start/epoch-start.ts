import { failpoint } from '../../core/failpoint.ts';
import { formatLsn } from '../../core/lsn.ts';
import type { Log } from '../../core/log.ts';
import { isoTime } from '../../core/time.ts';
import type { TableRules } from '../../core/table-rule.ts';
import { putEpoch, readEpochs } from '../../lake/epoch.ts';
import type { EpochInfo } from '../../lake/epoch.ts';
import { openLake } from '../../lake/lake-identity.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { connect } from '../../postgres/session/connect.ts';
import type { SourceOptions } from '../../postgres/session/connect.ts';
import { createSlot, dropSlot } from '../../postgres/slot/slot.ts';
import { identifySystem } from '../../postgres/session/system.ts';
import { requireSameRules } from './epoch-rules.ts';

/**
 * What a new epoch is made from. The publications must exist first: the slot never sends what they
 * lacked.
 */
export interface EpochOptions {
  readonly source: SourceOptions;
  readonly store: ObjectStore;
  readonly rules: TableRules;
  readonly log: Log;
  /** It answers a gap: nobody requested it, changes are missing. */
  readonly answersGap?: boolean;
}

/**
 * Creates the slot again and with it the next epoch. Every table gets a new id and is copied again;
 * earlier copies stay readable. This is the way out of a gap and a lost slot. Any step may be
 * repeated after a crash. SLOT_IN_USE while a replicator reads from the old slot, SLOT_BLOCKED,
 * FENCED, LAKE_OF_ANOTHER_SOURCE, BAD_CONFIG if something would become visible that was left out,
 * and the codes of `connect`.
 */
export async function beginEpoch({ source, store, rules, log, answersGap = false }: EpochOptions): Promise<EpochInfo> {
  await using connection = await connect(source, { role: 'sql' });
  const system = await identifySystem(connection);
  const lake = await openLake(store, { systemId: system.systemId, database: system.database });
  const epochs = await readEpochs(store);
  await requireSameRules(connection, { store, rules, log });
  if (await dropSlot(connection, lake.name)) log.info({ slot: lake.name }, 'slot dropped');
  const { consistentPoint } = await createSlot(source, lake.name);
  failpoint('slot-made');
  const { timeline } = await identifySystem(connection);
  const epoch: EpochInfo = {
    epoch: (epochs.at(-1)?.epoch ?? 0) + 1,
    slot: lake.name,
    consistentPoint: formatLsn(consistentPoint),
    systemId: system.systemId,
    timeline,
    ...(answersGap ? { answeredGapAt: isoTime(system.serverTimeMs) } : {}),
    ...rules.told,
  };
  await putEpoch(store, epoch);
  failpoint('epoch-made');
  log.info({ slot: lake.name, epoch: epoch.epoch, consistentPoint: epoch.consistentPoint }, 'epoch begun');
  return epoch;
}
