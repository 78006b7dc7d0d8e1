import type { AlertKind, Condition } from '../alert.ts';
import { TargetWatch } from './burn.ts';
import type { Cause } from '../cause.ts';
import { bytes, duration } from '../../core/figures.ts';
import { lagging } from './lagging.ts';
import { modelConditions } from '../models/model-conditions.ts';
import { isFailed } from '../models/model-status.ts';
import type { ModelStatus } from '../models/model-status.ts';
import { retentionHeldUp } from './retention-held-up.ts';
import type { StatusReport, TableStatus } from '../status.ts';
import { isUnpublished } from '../table-status.ts';

/** The settings that conditions depend on. */
export interface ConditionLimits {
  /** A transaction that has been open at the source for longer is reported. */
  readonly longTransactionMs: number;
  /** What the monitor does when the WAL budget is used up. */
  readonly walBudgetAction: 'alert' | 'release';
}

/** Stages whose problem is one alert for all tables. The other stages belong to one table. */
const HELD_UP = {
  source: 'source-held-up',
  replicator: 'replicator-held-up',
  lake: 'lake-held-up',
  compactor: 'compactor-held-up',
} as const satisfies Partial<Record<Cause['stage'], AlertKind>>;

/** A slot that will be lost within this time at the present rate is reported. */
const ENDING_SECONDS = 3600;
/** How long a stage may hold changes up: a sixth of the target, within these bounds. */
const HOLD_MS = { least: 10_000, most: 300_000 };
/** The most tables that one sentence names. */
const NAMED = 5;

/**
 * Finds the conditions in each report. It remembers earlier looks to judge freshness, and does no
 * I/O.
 */
export class Conditions {
  readonly #limits: ConditionLimits;
  readonly #watches = new Map<string, { targetMs: number; watch: TargetWatch }>();
  #released: string | null = null;

  constructor(limits: ConditionLimits) {
    this.#limits = limits;
  }

  /** The monitor dropped the slot itself: the alert then says so. */
  released(slot: string): void {
    this.#released = slot;
  }

  /** `nowMs`: by a clock that never steps. */
  look(report: StatusReport, nowMs: number): Condition[] {
    return [
      ...this.#freshness(report, nowMs),
      ...heldUp(report),
      ...lagging(report),
      ...retentionHeldUp(report),
      ...report.tables.flatMap(parked),
      ...unpublished(report.tables),
      ...this.#slot(report),
      ...this.#walBudget(report),
      ...this.#transaction(report),
      ...modelConditions(report),
    ];
  }

  /** Tables that follow the front are late together, so they share one alert. */
  #freshness(report: StatusReport, nowMs: number): Condition[] {
    const burning = [...report.tables, ...report.models.map(asTable)].flatMap((table) => {
      const burn = this.#watchOf(table).look(freshnessMs(table), nowMs);
      return burn === null || table.state === 'parked' ? [] : [{ table, burn }];
    });
    const worst = burning.toSorted((a, b) => remaining(a.table) - remaining(b.table))[0];
    if (worst === undefined) return [];
    const { table } = worst;
    const names = burning.map((one) => one.table.table);
    const others = names.length === 1 ? '' : ` ${names.length} tables are late: ${named(names)}.`;
    return [
      {
        key: 'freshness',
        kind: 'freshness',
        severity: burning.some(({ burn }) => burn === 'fast') ? 'alert' : 'warn',
        holdMs: 0,
        table: names.length === 1 ? table.table : null,
        stage: table.cause?.stage ?? null,
        summary: `${table.table} is ${duration(table.freshnessSeconds ?? 0)} behind; its target is ${duration(table.slaSeconds)}.${heldUpText(table.cause)}${others}`,
        figures: { freshnessSeconds: table.freshnessSeconds, slaSeconds: table.slaSeconds, tables: names.length },
      },
    ];
  }

  #watchOf({ table, slaSeconds }: Dated): TargetWatch {
    const targetMs = slaSeconds * 1000;
    const known = this.#watches.get(table);
    if (known?.targetMs === targetMs) return known.watch;
    const watch = new TargetWatch(targetMs);
    this.#watches.set(table, { targetMs, watch });
    return watch;
  }

  #slot({ source }: StatusReport): Condition[] {
    const { slot } = source;
    if (source.lsn === null || slot.name === null) return [];
    const common = { severity: 'alert', holdMs: 0, table: null, stage: 'source', figures: { retainedBytes: slot.retainedBytes } } as const;
    if (slot.walStatus === null || slot.walStatus === 'lost') {
      const what =
        slot.walStatus === 'lost'
          ? `The source invalidated slot ${slot.name}: it would have had to keep more WAL than max_slot_wal_keep_size allows.`
          : this.#released === slot.name
            ? `tailrace dropped slot ${slot.name} to protect the source, because the WAL budget was used up.`
            : `The source no longer has slot ${slot.name}.`;
      const summary = `${what} Changes since then are missing; tables stay readable as they are. Run \`tailrace resync --all\`.`;
      return [{ ...common, key: 'slot-lost', kind: 'slot-lost', summary }];
    }
    const ends = [
      ...(slot.secondsUntilLost === null ? [] : [{ seconds: slot.secondsUntilLost, what: `Slot ${slot.name} will be lost` }]),
      ...(source.secondsUntilDiskFull === null
        ? []
        : [{ seconds: source.secondsUntilDiskFull, what: 'The disk of the source will be full' }]),
    ].toSorted((a, b) => a.seconds - b.seconds);
    const [first] = ends;
    if (first === undefined || first.seconds > ENDING_SECONDS) return [];
    const summary = `${first.what} in ${duration(first.seconds)} if the WAL kept for tailrace keeps growing by ${bytes(slot.growthPerHour ?? 0)} an hour.`;
    return [{ ...common, key: 'slot-ending', kind: 'slot-ending', holdMs: HOLD_MS.least, summary }];
  }

  #walBudget({ source }: StatusReport): Condition[] {
    const { slot, walBudget } = source;
    if (walBudget.level === 'fine' || walBudget.level === 'unknown' || walBudget.budgetBytes === null || slot.retainedBytes === null)
      return [];
    const { walBudgetAction } = this.#limits;
    const then =
      walBudgetAction === 'release'
        ? 'When the budget is used up, the slot is dropped.'
        : 'Nothing is dropped: source.walBudgetAction is alert.';
    const summary = `The source keeps ${bytes(slot.retainedBytes)} of WAL for tailrace, ${Math.floor((walBudget.share ?? 0) * 100)}% of the budget of ${bytes(walBudget.budgetBytes)}. ${then}`;
    return [
      {
        key: 'wal-budget',
        kind: 'wal-budget',
        severity: walBudget.level === 'warn' ? 'warn' : 'alert',
        holdMs: 0,
        table: null,
        stage: 'source',
        summary,
        figures: { retainedBytes: slot.retainedBytes, budgetBytes: walBudget.budgetBytes, share: walBudget.share },
      },
    ];
  }

  #transaction({ source }: StatusReport): Condition[] {
    const open = source.longestTransaction;
    if (open === null || open.seconds * 1000 < this.#limits.longTransactionMs) return [];
    return [
      {
        key: 'long-transaction',
        kind: 'long-transaction',
        severity: 'warn',
        holdMs: 0,
        table: null,
        stage: 'source',
        summary: `A transaction of ${open.by || 'another session'} (pid ${open.pid}) has been open at the source for ${duration(open.seconds)}. Its changes arrive when it commits, and Postgres keeps WAL from its beginning.`,
        figures: { seconds: Math.round(open.seconds), pid: open.pid },
      },
    ];
  }
}

/** The lake does not answer, so there is no report. */
export function lakeAway(reason: string): Condition {
  return {
    key: 'lake-held-up',
    kind: 'lake-held-up',
    severity: 'alert',
    holdMs: HOLD_MS.least,
    table: null,
    stage: 'lake',
    summary: `The lake does not answer: ${reason}`,
    figures: {},
  };
}

function heldUp(report: StatusReport): Condition[] {
  const { cause } = report;
  if (cause === null) return [];
  const kind = cause.stage in HELD_UP ? HELD_UP[cause.stage as keyof typeof HELD_UP] : null;
  if (kind === null) return [];
  const targets = report.tables.map(({ slaSeconds }) => slaSeconds * 1000);
  const holdMs = Math.min(HOLD_MS.most, Math.max(HOLD_MS.least, Math.min(report.slaSeconds * 1000, ...targets) / 6));
  const late =
    report.freshnessSeconds === null
      ? ''
      : ` Tables are ${duration(report.freshnessSeconds)} behind; the target is ${duration(report.slaSeconds)}.`;
  return [
    {
      key: kind,
      kind,
      severity: 'alert',
      holdMs,
      table: null,
      stage: cause.stage,
      summary: `Changes are${heldUpBy(cause)}${late}`,
      figures: { freshnessSeconds: report.freshnessSeconds, slaSeconds: report.slaSeconds },
    },
  ];
}

function parked({ table, state, error }: TableStatus): Condition[] {
  if (state !== 'parked') return [];
  return [
    {
      key: `table-parked ${table}`,
      kind: 'table-parked',
      severity: 'alert',
      holdMs: 0,
      table,
      stage: 'parked',
      summary: `${table} is parked and no longer follows the source; other tables continue. ${error?.message ?? ''}`.trim(),
      figures: { code: error?.code ?? null },
    },
  ];
}

/** One alert for all: a role without privileges usually lacks them on many tables. */
function unpublished(tables: readonly TableStatus[]): Condition[] {
  const found = tables.filter(isUnpublished);
  const [first] = found;
  if (first === undefined) return [];
  const others =
    found.length === 1 ? '' : ` ${found.length} tables are not replicated, or only in part: ${named(found.map(({ table }) => table))}.`;
  return [
    {
      key: 'table-unpublished',
      kind: 'table-unpublished',
      severity: 'alert',
      holdMs: HOLD_MS.least,
      table: found.length === 1 ? first.table : null,
      stage: 'unpublished',
      summary: `${first.error?.message ?? `${first.table} is in no publication.`}${others}`,
      figures: { tables: found.length, code: first.error?.code ?? null },
    },
  ];
}

/** What is late when it is too old: a table or a model. */
type Dated = Pick<TableStatus, 'table' | 'state' | 'freshnessSeconds' | 'slaSeconds' | 'cause'>;

/** A model that failed or was skipped has an alert of its own kind. */
function asTable(one: ModelStatus): Dated {
  const { model, freshnessSeconds, slaSeconds } = one;
  return { table: model, state: isFailed(one) || one.state === 'skipped' ? 'parked' : 'live', freshnessSeconds, slaSeconds, cause: null };
}

function freshnessMs({ state, freshnessSeconds }: Dated): number | null {
  return state === 'dropped' || freshnessSeconds === null ? null : freshnessSeconds * 1000;
}

/** The share of the target that is left; negative: the target is missed. */
function remaining({ freshnessSeconds, slaSeconds }: Dated): number {
  return 1 - (freshnessSeconds ?? 0) / slaSeconds;
}

function heldUpText(cause: Cause | null): string {
  return cause === null ? '' : ` It is${heldUpBy(cause)}`;
}

/**
 * ` held up by …` to the end of the sentence. A reason may be an error text with its own full stop.
 */
function heldUpBy({ stage, reason }: Cause): string {
  return ` held up by the ${stage}: ${reason.replace(/\.$/, '')}.`;
}

function named(names: readonly string[]): string {
  const more = names.length - NAMED;
  return more > 0 ? `${names.slice(0, NAMED).join(', ')} and ${more} more` : names.join(', ');
}
