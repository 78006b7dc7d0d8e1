import type { FreshnessContract } from '../core/freshness-contract.ts';
import type { Manifest } from '../lake/manifest.ts';
import type { PassedBatch, PassedWindow, Position, TablePosition, WarehouseSpace } from '../lake/readers.ts';
import type { CopyProgress } from '../lake/snapshot-log.ts';
import type { OpenTransaction } from '../postgres/slot/source-health.ts';
import { causeOf, SILENT_SECONDS } from './cause.ts';
import type { Cause, WayFacts } from './cause.ts';
import type { ChosenTable } from './chosen-tables.ts';
import type { CopyStatus } from './copy-status.ts';
import { freshnessSeconds } from './freshness.ts';
import type { SourceFacts } from './source-facts.ts';
import { stoppedBy } from './stopped.ts';
import { isUnpublished, tableStatuses } from './table-status.ts';
import { stageTimes } from './stage-times.ts';
import type { StageTime } from './stage-times.ts';
import { walBudget } from './wal-budget.ts';
import type { WalBudget } from './wal-budget.ts';
import type { WalOutlook } from './wal-trend.ts';
import { isComing } from '../core/table-state.ts';

/** One table of `status --json`. `asOf` and `freshnessSeconds` are null until it was live once. */
export interface TableStatus {
  readonly table: string;
  /** `unpublished`: chosen, and it cannot be replicated; `error` says why and what fixes it. */
  readonly state: TablePosition['state'] | 'unpublished';
  readonly asOf: string | null;
  readonly freshnessSeconds: number | null;
  /** What is promised of it. */
  readonly slaSeconds: number;
  readonly appendOnly: boolean;
  /** Of a table that is being copied. */
  readonly copy?: CopyStatus;
  /** What makes it late, or keeps it from being live; null: nothing does. */
  readonly cause: Cause | null;
  /**
   * Why it is parked or unpublished, or who holds the lock it waits for. Of a live table: what of
   * it is not replicated.
   */
  readonly error: { readonly code: string; readonly message: string; readonly at: string } | null;
}

/** What `status --json` and `/status` print; field names are a contract. */
export interface StatusReport {
  readonly source: {
    readonly lsn: string | null;
    readonly slot: {
      readonly name: string | null;
      readonly walStatus: string | null;
      readonly retainedBytes: number | null;
      readonly safeWalBytes: number | null;
      /** Somebody reads from it. */
      readonly active: boolean | null;
      /** Transactions since which the source keeps its catalog's old rows for the slot. */
      readonly catalogXminAge: number | null;
      /** What the slot's decoder wrote to the source's disk since its statistics were reset. */
      readonly spilledBytes: number | null;
    } & WalOutlook;
    readonly walBudget: WalBudget;
    /** Null: not known from here. */
    readonly diskFreeBytes: number | null;
    readonly secondsUntilDiskFull: number | null;
    readonly longestTransaction: OpenTransaction | null;
  };
  readonly lake: { readonly durableLsn: string | null; readonly batches: number; readonly lastCommitTime: string | null };
  readonly warehouse: {
    readonly appliedLsn: string | null;
    readonly asOf: string | null;
    /** What it takes and what is free on its disk; null until its compactor has told. */
    readonly space: WarehouseSpace | null;
  };
  readonly freshnessSeconds: number | null;
  readonly slaSeconds: number;
  readonly withinSla: boolean;
  /**
   * What keeps changes from coming until a person acts: the slot is gone, say. Then nothing is
   * within.
   */
  readonly stopped: readonly string[];
  /** What holds changes up on their way now; null: nothing does. */
  readonly cause: Cause | null;
  readonly tables: readonly TableStatus[];
  /**
   * Where the time goes: what the oldest change of each batch of the last minutes spent in each
   * stage.
   */
  readonly stages: readonly StageTime[];
  /** The last windows of the compactor, newest first. */
  readonly windows: readonly PassedWindow[];
  /**
   * What a person should know besides: a role that does not run, a clock that is off, a source that
   * does not answer.
   */
  readonly notes: readonly string[];
}

/** All that a report is made of. */
export interface StatusInput {
  /** Null when it does not answer; `lastTables` then stands in. */
  readonly source: SourceFacts | null;
  /** Why it does not answer. */
  readonly silence?: string | null;
  readonly lastTables: readonly ChosenTable[];
  readonly slotName: string | null;
  /** The newest epoch, 0 before there is one. Tables of earlier epochs wait for their new copy. */
  readonly epoch: number;
  readonly manifest: Manifest | null;
  /** Why the lake takes no writes; null: it does, or nobody tried. */
  readonly lakeRefuses: string | null;
  readonly position: Position | null;
  /**
   * Tables with a copy of this epoch, begun or done. What the compactor knows of a table comes
   * before it.
   */
  readonly copying: ReadonlyMap<string, CopyProgress>;
  readonly slaMs: number;
  readonly contract: FreshnessContract;
  /** How often an idle source is proven fresh. */
  readonly heartbeatMs: number;
  /** As configured; null: half of what is known to be there. */
  readonly walBudgetBytes: number | null;
  /** Since the compactor was heard of; null: it never was. */
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
  // Before any table was live the front has a position, but nothing that a reader sees is as of it.
  const asOf = tables.every((table) => table.asOf === null) ? null : (position?.asOf ?? null);
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
    },
    warehouse: { appliedLsn: position?.appliedLsn ?? null, asOf, space: position?.space ?? null },
    freshnessSeconds: freshness,
    slaSeconds: input.slaMs / 1000,
    withinSla: stopped.length === 0 && isWithinSla(freshness, tables, input.slaMs / 1000),
    stopped,
    cause,
    tables,
    stages: stageTimes(passedLately(input), input.clockOffsetMs),
    windows: position?.windows ?? [],
    notes: notesOf(input, way.compactorSeconds),
  };
}

/** What passed before says nothing about now. */
const LATELY_MS = 300_000;

function passedLately({ position, nowMs, clockOffsetMs }: StatusInput): PassedBatch[] {
  return (position?.batches ?? []).filter((batch) => batch[4] > nowMs - clockOffsetMs - LATELY_MS);
}

/** At the rate at which WAL kept for us grows; whatever else fills the disk is not known. */
function untilFull(source: SourceFacts | null): number | null {
  const free = source?.health.diskFreeBytes ?? null;
  const growth = source?.outlook.growthPerHour ?? null;
  return free === null || growth === null || growth <= 0 ? null : (free / growth) * 3600;
}

/** What a heartbeat needs on its way besides its own interval. */
const ON_ITS_WAY_SECONDS = 5;

function wayFacts(input: StatusInput): WayFacts {
  const { source, slotName, lakeRefuses, manifest, position, nowMs, compactorSilentMs, heartbeatMs } = input;
  return {
    source,
    slotName,
    lakeRefuses,
    lakeSeconds: freshnessSeconds(manifest?.commitTimes?.[1] ?? null, nowMs),
    warehouseSeconds: freshnessSeconds(position?.asOf ?? null, nowMs),
    batchesWaiting: Math.max(0, (manifest?.number ?? 0) - (position?.manifest ?? 0)),
    compactorSeconds: compactorSilentMs === null ? null : compactorSilentMs / 1000,
    expectedSeconds: expectedSeconds(heartbeatMs),
  };
}

/** How old the newest commit in the lake may be while all is well. */
export function expectedSeconds(heartbeatMs: number): number {
  return (2 * heartbeatMs) / 1000 + ON_ITS_WAY_SECONDS;
}

/**
 * Late, parked or not replicated is not within; a table that is still on its way to being live for
 * the first time does not count yet.
 */
function isWithinSla(freshness: number | null, tables: readonly TableStatus[], slaSeconds: number): boolean {
  const counting = tables.filter(({ state }) => state !== 'dropped');
  if (counting.some((table) => table.state === 'parked' || isUnpublished(table))) return false;
  if (counting.length > 0 && freshness === null) return false;
  if (counting.length === 0) return (freshness ?? 0) <= slaSeconds;
  return counting.every((table) => (table.freshnessSeconds ?? 0) <= table.slaSeconds);
}

function notesOf(input: StatusInput, compactorSeconds: number | null): string[] {
  const notes: string[] = [];
  if (input.source === null) {
    const why = input.silence == null ? '' : ` (${input.silence})`;
    notes.push(`the source does not answer${why}; freshness is reckoned with the last known offset of its clock`);
  } else if (input.slotName === null) notes.push('nothing was replicated into this lake yet');
  else if (input.source.slot?.active === false) notes.push('no replicator is connected to the slot');
  if (compactorSeconds !== null && compactorSeconds > SILENT_SECONDS)
    notes.push(`no compactor has been heard of for ${Math.round(compactorSeconds)} s`);
  if (input.source?.sender?.synchronous === true)
    notes.push('commits of the source wait for our stream: synchronous_standby_names counts it as a standby');
  if (Math.abs(input.clockOffsetMs) > 1000) notes.push(`the source's clock is ${(input.clockOffsetMs / 1000).toFixed(1)} s ahead of ours`);
  return notes;
}

/** Whether no table is on its way: what `run` calls live. */
export function isLive(tables: readonly TableStatus[]): boolean {
  return !tables.some(({ state }) => isComing(state));
}
