/** What there are alerts about; docs/RUNBOOK.md has an entry for each. */
export const ALERT_KINDS = [
  'freshness',
  'source-held-up',
  'replicator-held-up',
  'lake-held-up',
  'compactor-held-up',
  'table-parked',
  'table-unpublished',
  'slot-lost',
  'slot-ending',
  'wal-budget',
  'long-transaction',
  'test',
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** `warn`: look at it today; `alert`: look at it now. */
export type Severity = 'warn' | 'alert';

/** Something that is not as it should be, as of one look. */
export interface Condition {
  /** The same trouble has the same key in every look. */
  readonly key: string;
  readonly kind: AlertKind;
  readonly severity: Severity;
  /** For how long it must be so before somebody is told. */
  readonly holdMs: number;
  /** The table it is about; null: the whole. */
  readonly table: string | null;
  /** The guilty stage, where one is known. */
  readonly stage: string | null;
  /** One sentence, with the figures. */
  readonly summary: string;
  readonly figures: Readonly<Record<string, number | string | null>>;
}

/** A condition that somebody is told of. */
export interface Alert extends Omit<Condition, 'holdMs'> {
  /** When it was raised, ISO 8601, our clock. */
  readonly since: string;
}

/** What is delivered: once when an alert is raised, or gets worse, and once when it is resolved. */
export interface Notice {
  readonly status: 'raised' | 'resolved';
  readonly at: string;
  readonly alert: Alert;
}

/** Where the entry of a kind is. */
export function runbookOf(kind: AlertKind): string {
  return `docs/RUNBOOK.md#${kind}`;
}

/** One line for people. */
/** A notice as JSON fields, the alert's own among them. */
export function noticeFields({ status, at, alert }: Notice): Record<string, unknown> {
  return { status, at, runbook: runbookOf(alert.kind), ...alert };
}

export function noticeText({ status, at, alert }: Notice): string {
  if (status === 'raised')
    return `${alert.severity === 'alert' ? 'ALERT' : 'WARNING'} ${alert.kind}: ${alert.summary} Runbook: ${runbookOf(alert.kind)}`;
  const seconds = Math.max(0, Math.round((Date.parse(at) - Date.parse(alert.since)) / 1000));
  return `RESOLVED ${alert.kind} after ${seconds} s: ${alert.summary}`;
}
