import { bytes, count, table } from '../../core/figures.ts';
import { matchNamed } from '../../core/table-glob.ts';
import type { BaseFacts } from '../../lake/base-facts.ts';
import { BaseLog } from '../../lake/bases/base-log.ts';
import { factsOf } from '../../lake/bases/newest-bases.ts';
import type { ManifestLog } from '../../lake/manifest-log.ts';
import { lastLook } from '../../lake/retention/sweep-look.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';

/** One base. */
interface ListedBase extends BaseFacts {
  readonly tableId: string;
  readonly n: number;
  readonly manifest: number;
  /** Why it was judged unequal, if it was. */
  readonly reason: string | null;
}

/** How far back the batches of a table reach that has lost some. */
interface TableHistory {
  readonly table: string;
  readonly tableId: string;
  /** The first manifest whose changes are there. */
  readonly manifest: number;
  /** Where it begins; null: the manifest before it cannot be read. */
  readonly lsn: string | null;
  /** Time of the last commit before it; null: not known. */
  readonly committedAt: string | null;
  /** What keeps older changes from going. */
  readonly heldBy: string;
}

/** Bases and histories, as `lake ls --json` has them. Field names are a contract. */
export interface HistoryListing {
  readonly bases: readonly ListedBase[];
  readonly history: readonly TableHistory[];
}

/**
 * The bases, and how far back the batches of each table reach that has lost some, for the tables
 * that match the globs (null: all).
 */
export async function historyListing(store: ObjectStore, log: ManifestLog, globs: readonly string[] | null): Promise<HistoryListing> {
  const whole = (await new BaseLog(store).whole()).map((base) => ({ base, table: base.plan.table }));
  const bases = matchNamed(globs, whole, true).map(({ base }) => {
    const { tableId, n, manifest } = base.plan;
    return { ...factsOf(base), tableId, n, manifest, reason: base.proof?.reason ?? null };
  });
  const floors = (await lastLook(store))?.look.floors ?? [];
  const swept = matchNamed(globs, floors, true).filter(({ manifest }) => manifest > 0);
  const history = await Promise.all(
    swept.map(async ({ table: name, tableId, manifest, heldBy }) => {
      const last = await log.read(manifest);
      const [lsn, committedAt] = [last?.to ?? null, last?.commitTimes?.[1] ?? null];
      return { table: name, tableId, manifest: manifest + 1, lsn, committedAt, heldBy };
    }),
  );
  return { bases, history };
}

/** The same as lines. */
export function historyText({ bases, history }: HistoryListing): string[] {
  const baseRows = bases.map((one) => [
    one.table,
    `${one.tableId} b${one.n}`,
    one.lsn,
    String(one.manifest),
    count(one.rows),
    bytes(one.bytes),
    judgement(one),
  ]);
  const rows = history.map((one) => [one.table, one.tableId, String(one.manifest), one.lsn ?? '–', one.committedAt ?? '–', one.heldBy]);
  return [
    `bases: ${bases.length}`,
    ...(bases.length === 0 ? [] : table([['table', 'base', 'point', 'batch', 'rows', 'size', ''], ...baseRows], [3, 4, 5])),
    '',
    `history: ${rows.length === 0 ? 'from the first batch on' : 'from the first batch on, except for these tables'}`,
    ...(rows.length === 0 ? [] : table([['table', 'id', 'from batch', 'position', 'after the commit of', 'held by'], ...rows], [2])),
  ];
}

function judgement({ proof, reason }: ListedBase): string {
  if (proof === null) return 'not proven';
  return proof === 'unequal' ? `not equal${reason === null ? '' : `: ${reason}`}` : `proven by ${proof}`;
}
