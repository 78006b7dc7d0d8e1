import { formatLsn, parseLsn } from '../../core/lsn.ts';
import { putEpoch, readEpochs } from '../../lake/epoch.ts';
import type { EpochInfo } from '../../lake/epoch.ts';
import type { StoredManifest } from '../../lake/manifest.ts';
import { decideStart } from '../../replicator/start/gap.ts';
import type { StartDecision } from '../../replicator/start/gap.ts';
import { insist } from './simulated-process.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { SourceSession } from './simulated-source.ts';

const SYSTEM = { systemId: '1', startedAt: '', database: 'd', serverVersion: 180_000, serverTimeMs: 0 };

/** The newest manifest, and the timeline that it was streamed from. */
interface Streamed {
  readonly last: StoredManifest | null;
  readonly timeline: number;
}

/**
 * The epoch that a session continues, by the decision of the product; null: it has begun the next
 * one, as replicator/start/epoch-start.ts does, and looks again.
 */
export async function epochOfSession(process: SimulatedProcess, session: SourceSession, streamed: Streamed): Promise<EpochInfo | null> {
  const { store, world, wrong } = process;
  const epochs = await insist(() => readEpochs(store));
  const epoch = epochs.at(-1) ?? null;
  const decision = decide(process, session, { epoch, ...streamed });
  if (decision.kind === 'stream') return decision.epoch;
  const isLost = decision.kind === 'gap' && decision.code === 'GAP' && !world.source.isSlotNew;
  const number = (epoch?.epoch ?? 0) + 1;
  const consistentPoint = formatLsn(BigInt(world.source.createSlot(session)));
  // It holds the slot, so nobody else has told the source more than the lake has.
  if (isLost) wrong(decision.what);
  const { timeline } = session;
  await insist(() => putEpoch(store, { epoch: number, slot: 'tailrace', consistentPoint, systemId: SYSTEM.systemId, timeline }));
  return null;
}

/**
 * What a failover has taken from an idle log is no gap once an epoch has a batch: the log is proven
 * by the last commit.
 */
function decide(
  { world: { source } }: SimulatedProcess,
  session: SourceSession,
  { epoch, last, timeline }: Streamed & { epoch: EpochInfo | null },
): StartDecision {
  const { slot, flushLsn } = source;
  const to = last === null ? null : Math.min(Number(parseLsn(last.to)), flushLsn, Number(source.branchedAt(timeline) ?? flushLsn));
  const facts = {
    active: false,
    activePid: null,
    invalidationReason: null,
    retainedBytes: null,
    safeWalBytes: null,
    catalogXminAge: null,
  } as const;
  return decideStart({
    epoch,
    last: last === null || to === null ? null : { epoch: last.epoch, to: formatLsn(BigInt(to)) },
    slot:
      slot === null
        ? null
        : {
            ...facts,
            plugin: 'pgoutput',
            database: SYSTEM.database,
            temporary: false,
            twoPhase: false,
            walStatus: 'reserved',
            confirmedFlush: BigInt(slot.confirmed),
          },
    system: { ...SYSTEM, timeline: session.timeline, flushLsn: BigInt(flushLsn), insertLsn: BigInt(flushLsn) },
    ...(epoch === null || last?.epoch === epoch.epoch
      ? { timeline: null, branchedAt: null }
      : { timeline: epoch.timeline, branchedAt: source.branchedAt(epoch.timeline) }),
    publications: { known: null, now: [1, 2] },
  });
}
