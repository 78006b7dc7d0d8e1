import type { ModelRecord } from './model-record.ts';

/** `@every` of a model that has neither `@every` nor `@cron`. */
export const USUAL_EVERY_MS = 60_000;
/** A model that the engine refused is tried again after this time though no input changed. */
const AGAIN_MS = 60_000;

/** What decides whether a model is due. */
interface DueFacts {
  readonly kind: 'view' | 'table' | 'incremental';
  /** See `askedOf`. */
  readonly asked: string;
  readonly hasTests: boolean;
  readonly every: number | null;
  /** It has a `@cron`, and one of its times has come since its last run began. */
  readonly cronDue: boolean | null;
  readonly record: ModelRecord | null;
  /** The last manifest that changed one of its sources; null: none did. */
  readonly changed: number | null;
  /**
   * Whether its sources can be read. `coming`: one has no rows yet; `gone`: one was dropped or is
   * parked.
   */
  readonly sources: 'live' | 'coming' | 'gone';
  /** A model that it reads was not published by its last run. */
  readonly blocked: boolean;
  /** Milliseconds since its last run began; null: none began in this process. */
  readonly sinceMs: number | null;
}

/** Why a model is due: for tailrace.runs. null: it is not. Pure. */
export function whyDue(facts: DueFacts): 'first' | 'text' | 'cron' | 'changed' | 'again' | null {
  const { record, cronDue, sinceMs } = facts;
  if (facts.sources === 'coming') return null;
  if (record === null || record.gone) return 'first';
  if (record.last.asked !== facts.asked) return 'text';
  // It fails once, and is built when the table is back.
  if (record.last.error?.code === 'TABLE_NOT_LIVE') return facts.sources === 'live' ? 'again' : null;
  if (cronDue !== null) return cronDue ? 'cron' : null;
  const every = facts.every ?? USUAL_EVERY_MS;
  if (sinceMs !== null && sinceMs < every) return null;
  const changed = facts.changed !== null && facts.changed > record.last.manifest;
  // It missed its turn, and no change since then tells so.
  if (record.last.status === 'skipped') return facts.blocked ? null : 'again';
  const failed = record.last.status === 'failed';
  if (!failed && facts.kind === 'view' && !facts.hasTests) return null;
  if (changed) return 'changed';
  const refused = failed && record.last.error?.code !== 'TEST_FAILED';
  return refused && (sinceMs === null || sinceMs >= Math.max(every, AGAIN_MS)) ? 'again' : null;
}

/** The parts of a model that decide what a run takes. */
interface Taken {
  readonly id: string;
  readonly inputs: readonly string[];
  readonly cron: object | null;
}

/**
 * Ids that a run takes: those that are due or named, and the models that they read. A model with
 * `@cron` that is read is taken as it is shown, unless it has never been.
 */
export function takenWith(due: Iterable<string>, models: readonly Taken[], isShown: (id: string) => boolean): Set<string> {
  const byId = new Map(models.map((model) => [model.id, model]));
  const taken = new Set<string>();
  const take = (id: string, named: boolean): void => {
    const model = byId.get(id);
    if (model === undefined || taken.has(id) || (!named && model.cron !== null && isShown(id))) return;
    taken.add(id);
    for (const input of model.inputs) take(input, false);
  };
  for (const id of due) take(id, true);
  return taken;
}
