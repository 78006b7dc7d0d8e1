import type { FreshnessContract } from '../core/freshness-contract.ts';
import type { Format } from '../lake/format/format.ts';
import type { BaseFacts } from '../lake/base-facts.ts';
import type { Manifest } from '../lake/manifest.ts';
import type { LakeStanding } from '../lake/retention/lake-standing.ts';
import type { ModelsReport } from '../lake/models-report.ts';
import type { Pause } from '../lake/pauses.ts';
import type { LaggingReplica, PassedBatch, PassedWindow, Position, TablePosition, WarehouseSpace } from '../lake/readers.ts';
import type { CopyProgress } from '../lake/snapshot-log.ts';
import type { OpenTransaction } from '../postgres/slot/source-health.ts';
import { causeOf } from './cause.ts';
import type { Cause, WayFacts } from './cause.ts';
import type { ChosenTable } from './chosen-tables.ts';
import type { CopyStatus } from './copy-status.ts';
import { freshnessSeconds, laterTime } from './freshness.ts';
import { isFailed, isLate, modelsStatus } from './models/model-status.ts';
import type { FailedExport, FailingTest, ModelStatus } from './models/model-status.ts';
import type { SourceFacts } from './source-facts.ts';
import { notesOf } from './status-notes.ts';
import { stoppedBy } from './stopped.ts';
import { isUnpublished, tableStatuses } from './table-status.ts';
import { stageTimes } from './stage-times.ts';
import type { StageTime } from './stage-times.ts';
import { walBudget } from './wal-budget.ts';
import type { WalBudget } from './wal-budget.ts';
import type { WalOutlook } from './wal-trend.ts';
import { isComing } from '../core/table-state.ts';

/** One table of `status --json`. `asOf` and `freshnessSeconds` are null until it is first live. */
export interface TableStatus {
  readonly table: string;
  /** `unpublished`: chosen, but it cannot be replicated; `error` says why and what fixes it. */
  readonly state: TablePosition['state'] | 'unpublished';
  readonly asOf: string | null;
  readonly freshnessSeconds: number | null;
  /** Its freshness target. */
  readonly slaSeconds: number;
  readonly appendOnly: boolean;
  /** Its history is whole from this time on, ISO 8601; absent: it has none. */
  readonly historySince?: string;
  /** Set while the table is being copied. */
  readonly copy?: CopyStatus;
  /** What makes it late or keeps it from being live; null: nothing. */
  readonly cause: Cause | null;
  /**
   * Why it is parked or unpublished, or who holds the lock it waits for. For a live table: which
   * part of it is not replicated.
   */
  readonly error: { readonly code: string; readonly message: string; readonly at: string } | null;
}

/** What `status --json` and `/status` print. Field names are a contract. */
export interface StatusReport {
  readonly source: {
    readonly lsn: string | null;
    readonly slot: {
      readonly name: string | null;
      readonly walStatus: string | null;
      readonly retainedBytes: number | null;
      readonly safeWalBytes: number | null;
      /** A replicator is connected to it. */
      readonly active: boolean | null;
      /** Age, in transactions, of the oldest catalog rows that the source keeps for the slot. */
      readonly catalogXminAge: number | null;
      /** Bytes that the slot's decoder spilled to disk since its statistics were reset. */
      readonly spilledBytes: number | null;
    } & WalOutlook;
    readonly walBudget: WalBudget;
    /** Null: unknown. */
    readonly diskFreeBytes: number | null;
    readonly secondsUntilDiskFull: number | null;
    readonly longestTransaction: OpenTransaction | null;
  };
  readonly lake: {
    readonly durableLsn: string | null;
    readonly batches: number;
    readonly lastCommitTime: string | null;
    /** Number of its format; 0: it has no features. */
    readonly format: number;
    readonly features: readonly string[];
    /** For how long each moment can be restored, as configured: `7d`, `forever`. */
    readonly retention: string;
  } & LakeStanding;
  readonly warehouse: {
    readonly appliedLsn: string | null;
    readonly asOf: string | null;
    /** Its size and the free space of its disk; null until its compactor has reported. */
    readonly space: WarehouseSpace | null;
    /** Replicas of a cluster that do not have what the others of their shard have. */
    readonly lagging: readonly LaggingReplica[];
    /** Why its compactor, which runs, can apply nothing; null: nothing. */
    readonly trouble: string | null;
  };
  readonly freshnessSeconds: number | null;
  readonly slaSeconds: number;
  readonly withinSla: boolean;
  /** Roles that a person has paused. */
  readonly paused: readonly Pause[];
  /** The newest base of each table. */
  readonly bases: readonly BaseFacts[];
  /**
   * What stops changes until a person acts, for example a slot that is gone. Then no table meets
   * its target.
   */
  readonly stopped: readonly string[];
  /** What holds changes up now; null: nothing. */
  readonly cause: Cause | null;
  readonly tables: readonly TableStatus[];
  readonly models: readonly ModelStatus[];
  readonly failingTests: readonly FailingTest[];
  readonly failedExports: readonly FailedExport[];
  /**
   * Where the time goes: how long the oldest change of each batch spent in each stage, over the
   * last minutes.
   */
  readonly stages: readonly StageTime[];
  /** The last windows of the compactor, newest first. */
  readonly windows: readonly PassedWindow[];
  /**
   * Other facts that matter: a role that is not running, a clock that is off, a source that does
   * not answer.
   */
  readonly notes: readonly string[];
}

/** Everything a report is made of. */
export interface StatusInput {
  /** Null: it does not answer; `lastTables` stands in. */
  readonly source: SourceFacts | null;
  /** Why it does not answer. */
  readonly silence?: string | null;
  readonly lastTables: readonly ChosenTable[];
  readonly slotName: string | null;
  /** The newest epoch; 0: none yet. Tables of earlier epochs wait for their new copy. */
  readonly epoch: number;
  readonly format: Format;
  readonly standing: LakeStanding;
  readonly retention: string;
  readonly manifest: Manifest | null;
  /** Why the lake rejects writes; null: it accepts them, or nothing was tried. */
  readonly lakeRefuses: string | null;
  readonly position: Position | null;
  readonly paused: readonly Pause[];
  readonly bases: readonly BaseFacts[];
  /**
   * The time as of which the stream proves the lake, and the live tables, complete, by the source's
   * clock; null: it does not. What lake and warehouse say of themselves may be later.
   */
  readonly proven: { readonly lakeMs: number | null; readonly warehouseMs: number | null };
  /** Null: no transformer has ever run for the warehouse. */
  readonly models: ModelsReport | null;
  /**
   * Tables with a copy of this epoch, begun or done. The compactor's state of a table takes
   * precedence.
   */
  readonly copying: ReadonlyMap<string, CopyProgress>;
  readonly slaMs: number;
  readonly contract: FreshnessContract;
  /** How often an idle source proves that it is fresh. */
  readonly heartbeatMs: number;
  /** As configured; null: half of the room that is known. */
  readonly walBudgetBytes: number | null;
  /** Since the compactor last reported; null: it never has. */
  readonly compactorSilentMs: number | null;
  /** The source's clock. */
  readonly nowMs: number;
  /** The source's clock minus ours. */
  readonly clockOffsetMs: number;
}

/** Facts of the three ends → the report. Pure. */
export function composeStatus(input: StatusInput): StatusReport {
  const { source, manifest, position, nowMs } = input;
  const way = wayFacts(input);
  const cause = causeOf(way);
  const tables = tableStatuses(input, cause);
  const models = modelsStatus(input.models, input);
  // Before any table is live, the front has a position, but no reader sees anything as of it.
  const asOf = tables.every((table) => table.asOf === null) ? null : laterTime(position?.asOf ?? null, input.proven.warehouseMs);
  const freshness = freshnessSeconds(asOf, nowMs);
  const slot = source?.slot ?? null;
  const stopped = stoppedBy(source, input.slotName);
  return {
    source: {
      lsn: source?.lsn ?? null,
      slot: {
        name: input.slotName,
        walStatus: slot?.walStatus ?? null,
        retainedBytes: slot?.retainedBytes ?? null,
        safeWalBytes: slot?.safeWalBytes ?? null,
        active: source === null ? null : (slot?.active ?? false),
        growthPerHour: source?.outlook.growthPerHour ?? null,
        secondsUntilLost: source?.outlook.secondsUntilLost ?? null,
        catalogXminAge: slot?.catalogXminAge ?? null,
        spilledBytes: source?.health.spilledBytes ?? null,
      },
      walBudget: walBudget(input.walBudgetBytes, source?.health ?? null, slot?.retainedBytes ?? null),
      diskFreeBytes: source?.health.diskFreeBytes ?? null,
      secondsUntilDiskFull: untilFull(source),
      longestTransaction: source?.health.longestTransaction ?? null,
    },
    lake: {
      durableLsn: manifest?.to ?? null,
      batches: manifest?.number ?? 0,
      lastCommitTime: manifest?.commitTimes?.[1] ?? null,
      format: input.format.number,
      features: [...input.format.features].toSorted(),
      retention: input.retention,
      ...input.standing,
    },
    warehouse: {
      appliedLsn: position?.appliedLsn ?? null,
      asOf,
      space: position?.space ?? null,
      lagging: position?.lagging ?? [],
      trouble: position?.trouble?.message ?? null,
    },
    freshnessSeconds: freshness,
    slaSeconds: input.slaMs / 1000,
    withinSla:
      stopped.length === 0 &&
      isWithinSla(freshness, tables, input.slaMs / 1000) &&
      !models.models.some((one) => isFailed(one) || isLate(one)),
    paused: input.paused,
    bases: input.bases,
    stopped,
    cause,
    tables,
    ...models,
    stages: stageTimes(recentlyPassed(input), input.clockOffsetMs),
    windows: position?.windows ?? [],
    notes: notesOf(input, way.compactorSeconds),
  };
}

/** Older batches say nothing about now. */
const RECENT_MS = 300_000;

function recentlyPassed({ position, nowMs, clockOffsetMs }: StatusInput): PassedBatch[] {
  return (position?.batches ?? []).filter(({ queryableMs }) => queryableMs > nowMs - clockOffsetMs - RECENT_MS);
}

/** At the rate at which the kept WAL grows; other files that fill the disk are unknown. */
function untilFull(source: SourceFacts | null): number | null {
  const free = source?.health.diskFreeBytes ?? null;
  const growth = source?.outlook.growthPerHour ?? null;
  return free === null || growth === null || growth <= 0 ? null : (free / growth) * 3600;
}

/** While the stream proves the lake complete, it does so at each look. */
const PROVEN_EVERY_MS = 10_000;

/** How long a heartbeat is on its way, besides its own interval. */
const ON_ITS_WAY_SECONDS = 5;

function wayFacts(input: StatusInput): WayFacts {
  const { source, slotName, lakeRefuses, manifest, position, proven, nowMs, compactorSilentMs, heartbeatMs } = input;
  return {
    source,
    slotName,
    lakeRefuses,
    lakeSeconds: freshnessSeconds(laterTime(manifest?.commitTimes?.[1] ?? null, proven.lakeMs), nowMs),
    warehouseSeconds: freshnessSeconds(laterTime(position?.asOf ?? null, proven.warehouseMs), nowMs),
    batchesWaiting: Math.max(0, (manifest?.number ?? 0) - (position?.manifest ?? 0)),
    compactorSeconds: compactorSilentMs === null ? null : compactorSilentMs / 1000,
    compactorTrouble: position?.trouble?.message ?? null,
    expectedSeconds: expectedSeconds(proven.lakeMs === null ? heartbeatMs : Math.min(heartbeatMs, PROVEN_EVERY_MS)),
  };
}

/** How old the newest commit in the lake may be while all is well. */
export function expectedSeconds(heartbeatMs: number): number {
  return (2 * heartbeatMs) / 1000 + ON_ITS_WAY_SECONDS;
}

/**
 * False when a table is late, parked or not replicated. A table that has not been live yet does not
 * count.
 */
function isWithinSla(freshness: number | null, tables: readonly TableStatus[], slaSeconds: number): boolean {
  const counting = tables.filter(({ state }) => state !== 'dropped');
  if (counting.some((table) => table.state === 'parked' || isUnpublished(table))) return false;
  if (counting.length > 0 && freshness === null) return false;
  if (counting.length === 0) return (freshness ?? 0) <= slaSeconds;
  return counting.every((table) => (table.freshnessSeconds ?? 0) <= table.slaSeconds);
}

/** True when no table is on its way: `run` reports this as live. */
export function isLive(tables: readonly TableStatus[]): boolean {
  return !tables.some(({ state }) => isComing(state));
}
