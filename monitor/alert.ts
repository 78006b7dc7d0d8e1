import { duration } from '../core/figures.ts';

/** Every kind of alert; docs/RUNBOOK.md has an entry for each. */
export const ALERT_KINDS = [
  'freshness',
  'source-held-up',
  'replicator-held-up',
  'lake-held-up',
  'compactor-held-up',
  'replica-lagging',
  'retention-held-up',
  'table-parked',
  'table-unpublished',
  'slot-lost',
  'slot-ending',
  'wal-budget',
  'long-transaction',
  'schema-breaking',
  'model-failed',
  'test-failed',
  'export-failed',
  'test',
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** `warn`: look at it today. `alert`: look at it now. */
type Severity = 'warn' | 'alert';

/** A problem, as one look found it. */
export interface Condition {
  /** The same problem has the same key in every look. */
  readonly key: string;
  readonly kind: AlertKind;
  readonly severity: Severity;
  /** How long the problem must last before an alert is raised. */
  readonly holdMs: number;
  /** The table that has the problem; null: the whole pipeline. */
  readonly table: string | null;
  /** The stage that causes it; null: unknown. */
  readonly stage: string | null;
  /** What is wrong, in sentences with the figures. */
  readonly summary: string;
  readonly figures: Readonly<Record<string, number | string | null>>;
}

/** A condition that has been raised. */
export interface Alert extends Omit<Condition, 'holdMs'> {
  /** When it was raised: ISO 8601, the monitor's clock. */
  readonly since: string;
}

/** One message: an alert was raised, became worse, or was resolved. */
export interface Notice {
  readonly status: 'raised' | 'resolved';
  readonly at: string;
  readonly alert: Alert;
}

/** The runbook entry of a kind. */
export function runbookOf(kind: AlertKind): string {
  return `docs/RUNBOOK.md#${kind}`;
}

/** A notice as JSON fields, the alert's own among them. */
export function noticeFields({ status, at, alert }: Notice): Record<string, unknown> {
  return { status, at, runbook: runbookOf(alert.kind), ...alert };
}

/** The first step for each kind; null: the summary already names it. */
const FIRST_STEP: Readonly<Record<AlertKind, string | null>> = {
  freshness: 'Run `tailrace status`: it names the stage that holds changes up.',
  'source-held-up': 'Check that the server is up and reachable: `tailrace check`.',
  'replicator-held-up': 'Start `tailrace run` or `tailrace replicate` again, and read its last log lines.',
  'lake-held-up': 'Check that the store is mounted and reachable, has free space, and accepts the credentials.',
  'compactor-held-up': 'Check that the compactor is running and has enough memory.',
  'replica-lagging': 'Check that the node is up and reaches its Keeper: `tailrace check`.',
  'retention-held-up': 'Run `tailrace status --json`: `lake.heldBy` and `bases` say what holds which table.',
  'table-parked': 'Fix the cause, then run `tailrace resume TABLE`.',
  'table-unpublished': null,
  'slot-lost': null,
  'slot-ending': 'Run `tailrace status`: it names the stage that holds changes up. Get that stage going again.',
  'wal-budget': 'Run `tailrace status`: it names the stage that holds changes up. Get that stage going again.',
  'long-transaction': 'Finish that transaction, or terminate its session.',
  'schema-breaking': 'Run `tailrace schema ls TABLE`, and adapt what reads the table.',
  'model-failed': 'Correct its file, or run `tailrace transform --once TABLE` for the whole message.',
  'test-failed': 'Run `tailrace test`: it prints the rows.',
  'export-failed': 'Run `tailrace export TABLE` by hand for the whole message.',
  test: null,
};

/** The first thing to do; null where the summary says it. */
export function firstStep({ kind, table }: Pick<Alert, 'kind' | 'table'>): string | null {
  return FIRST_STEP[kind]?.replace('TABLE', `'${table ?? ''}'`) ?? null;
}

/** A notice in few words: level, kind and table. */
export function noticeTitle({ status, alert }: Notice): string {
  const level = status === 'resolved' ? 'RESOLVED' : alert.severity === 'alert' ? 'ALERT' : 'WARNING';
  return `${level} ${alert.kind}`;
}

/** A notice on one line: what is wrong, since when, and what to do. */
export function noticeText(notice: Notice): string {
  const { status, alert } = notice;
  if (status === 'resolved') return `${noticeTitle(notice)} after ${duration(secondsRaised(notice))}. The alert was: ${alert.summary}`;
  const step = firstStep(alert);
  const toDo = step === null ? '' : ` What to do: ${step}`;
  return `${noticeTitle(notice)}: ${alert.summary} Since ${utc(alert.since)}.${toDo} Runbook: ${runbookOf(alert.kind)}`;
}

/** Seconds from the alert to this notice. */
export function secondsRaised({ at, alert }: Notice): number {
  return Math.max(0, (Date.parse(at) - Date.parse(alert.since)) / 1000);
}

/** `2026-01-02 03:04:05Z`: the notation of the page and the logs. */
export function utc(iso: string): string {
  return iso.replace('T', ' ').replace(/(\.\d+)?Z$/, 'Z');
}
