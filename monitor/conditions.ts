import type { AlertKind, Condition } from './alert.ts';
import { PromiseWatch } from './burn.ts';
import type { Cause } from './cause.ts';
import { bytes, duration } from '../core/figures.ts';
import type { StatusReport, TableStatus } from './status.ts';
import { isUnpublished } from './table-status.ts';

/** What depends on the configuration. */
export interface ConditionLimits {
  /** A transaction of the source that is open for longer is told of. */
  readonly longTransactionMs: number;
  /** What happens when the WAL budget is used up. */
  readonly walBudgetAction: 'alert' | 'release';
}

/** Stages whose trouble is one alert for all tables; the others are a table's own. */
const HELD_UP = {
  source: 'source-held-up',
  replicator: 'replicator-held-up',
  lake: 'lake-held-up',
  compactor: 'compactor-held-up',
} as const satisfies Partial<Record<Cause['stage'], AlertKind>>;

/** A slot that is lost within this time at the present rate is told of. */
const ENDING_SECONDS = 3600;
/** So long a stage may hold changes up: a sixth of what was promised, within these bounds. */
const HOLD_MS = { least: 10_000, most: 300_000 };
/** So many tables are named in one sentence. */
const NAMED = 5;

/**
 * Reads reports, look by look, for what somebody should be told of. Pure but for what it remembers
 * of earlier looks.
 */
export class Conditions {
  readonly #limits: ConditionLimits;
  readonly #promises = new Map<string, { promisedMs: number; watch: PromiseWatch }>();
  #released: string | null = null;

  constructor(limits: ConditionLimits) {
    this.#limits = limits;
  }

  /** The slot was given up by us, so that it is not called lost. */
  released(slot: string): void {
    this.#released = slot;
  }

  /** `nowMs`: by a clock that never steps. */
  look(report: StatusReport, nowMs: number): Condition[] {
    return [
      ...this.#freshness(report, nowMs),
      ...heldUp(report),
      ...report.tables.flatMap(parked),
      ...unpublished(report.tables),
      ...this.#slot(report),
      ...this.#walBudget(report),
      ...this.#transaction(report),
    ];
  }

  /** Tables that follow the front are late together, and told of together. */
  #freshness(report: StatusReport, nowMs: number): Condition[] {
    const burning = report.tables.flatMap((table) => {
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
        summary: `${table.table} is ${duration(table.freshnessSeconds ?? 0)} behind, promised are ${duration(table.slaSeconds)}${reasonText(table.cause)}.${others}`,
        figures: { freshnessSeconds: table.freshnessSeconds, slaSeconds: table.slaSeconds, tables: names.length },
      },
    ];
  }

  #watchOf({ table, slaSeconds }: TableStatus): PromiseWatch {
    const promisedMs = slaSeconds * 1000;
    const known = this.#promises.get(table);
    if (known?.promisedMs === promisedMs) return known.watch;
    const watch = new PromiseWatch(promisedMs);
    this.#promises.set(table, { promisedMs, watch });
    return watch;
  }

  #slot({ source }: StatusReport): Condition[] {
    const { slot } = source;
    if (source.lsn === null || slot.name === null) return [];
    const common = { severity: 'alert', holdMs: 0, table: null, stage: 'source', figures: { retainedBytes: slot.retainedBytes } } as const;
    if (slot.walStatus === null || slot.walStatus === 'lost') {
      const what =
        slot.walStatus === 'lost'
          ? `The source has given up slot ${slot.name}: it would have had to keep more WAL than max_slot_wal_keep_size.`
          : this.#released === slot.name
            ? `Slot ${slot.name} was given up to save the source, as the WAL budget was used up.`
            : `The source has no slot ${slot.name} any more.`;
      const summary = `${what} Changes since are missing; tables stay readable as they are. Run \`tailrace resync --all\`.`;
      return [{ ...common, key: 'slot-lost', kind: 'slot-lost', summary }];
    }
    const ends = [
      ...(slot.secondsUntilLost === null ? [] : [{ seconds: slot.secondsUntilLost, what: `slot ${slot.name} is lost` }]),
      ...(source.secondsUntilDiskFull === null ? [] : [{ seconds: source.secondsUntilDiskFull, what: "the source's disk is full" }]),
    ].toSorted((a, b) => a.seconds - b.seconds);
    const [first] = ends;
    if (first === undefined || first.seconds > ENDING_SECONDS) return [];
    const summary = `In ${duration(first.seconds)} ${first.what} if the WAL kept for us goes on growing by ${bytes(slot.growthPerHour ?? 0)} an hour.`;
    return [{ ...common, key: 'slot-ending', kind: 'slot-ending', holdMs: HOLD_MS.least, summary }];
  }

  #walBudget({ source }: StatusReport): Condition[] {
    const { slot, walBudget } = source;
    if (walBudget.level === 'fine' || walBudget.level === 'unknown' || walBudget.budgetBytes === null || slot.retainedBytes === null)
      return [];
    const { walBudgetAction } = this.#limits;
    const then = walBudgetAction === 'release' ? 'When it is used up, the slot is given up.' : 'Nothing is done about it but to tell you.';
    const summary = `The source keeps ${bytes(slot.retainedBytes)} of WAL for us, ${Math.floor((walBudget.share ?? 0) * 100)} % of the budget of ${bytes(walBudget.budgetBytes)}. ${then}`;
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
        summary: `A transaction of ${open.by || 'another session'} (pid ${open.pid}) is open at the source for ${duration(open.seconds)}; its changes come when it commits, and WAL is kept from its beginning on.`,
        figures: { seconds: Math.round(open.seconds), pid: open.pid },
      },
    ];
  }
}

/** The lake itself is out of reach, so that there is no report. */
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
  const promises = report.tables.map(({ slaSeconds }) => slaSeconds * 1000);
  const holdMs = Math.min(HOLD_MS.most, Math.max(HOLD_MS.least, Math.min(report.slaSeconds * 1000, ...promises) / 6));
  const late =
    report.freshnessSeconds === null
      ? ''
      : ` Tables are ${duration(report.freshnessSeconds)} behind, promised are ${duration(report.slaSeconds)}.`;
  return [
    {
      key: kind,
      kind,
      severity: 'alert',
      holdMs,
      table: null,
      stage: cause.stage,
      summary: `Changes are held up by the ${cause.stage}: ${cause.reason}.${late}`,
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
      summary: `${table} is parked and follows no more; the others go on. ${error?.message ?? ''}`.trim(),
      figures: { code: error?.code ?? null },
    },
  ];
}

/** One alert for all: a role without rights lacks them for many tables. */
function unpublished(tables: readonly TableStatus[]): Condition[] {
  const found = tables.filter(isUnpublished);
  const [first] = found;
  if (first === undefined) return [];
  const others =
    found.length === 1 ? '' : ` ${found.length} tables are not replicated, or not whole: ${named(found.map(({ table }) => table))}.`;
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

function freshnessMs({ state, freshnessSeconds }: TableStatus): number | null {
  return state === 'dropped' || freshnessSeconds === null ? null : freshnessSeconds * 1000;
}

/** Of the promise; negative: it is broken. */
function remaining({ freshnessSeconds, slaSeconds }: TableStatus): number {
  return 1 - (freshnessSeconds ?? 0) / slaSeconds;
}

function reasonText(cause: Cause | null): string {
  return cause === null ? '' : `, held up by the ${cause.stage}: ${cause.reason}`;
}

function named(names: readonly string[]): string {
  const more = names.length - NAMED;
  return more > 0 ? `${names.slice(0, NAMED).join(', ')} and ${more} more` : names.join(', ');
}
