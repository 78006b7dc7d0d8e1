import { TailraceError } from '../../core/errors.ts';
import { formatLsn, parseLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import { epochOf } from '../../core/table.ts';
import { readEpochs } from '../epoch.ts';
import type { ManifestLog } from '../manifest-log.ts';
import type { StoredManifest } from '../manifest.ts';
import { readFloors } from '../retention/floors.ts';
import type { SchemaStore } from '../schema-store.ts';
import { readSchemaHistory } from '../schemas/schema-history.ts';
import type { SchemaHistory } from '../schemas/schema-history.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { afterCopy, afterFact, newLife } from './table-life.ts';
import type { TableLife } from './table-life.ts';
import type { TapSources } from './tap-sources.ts';

/** Manifests that are read at once. */
const TOGETHER = 32;

/** Where a tap begins: with the rows of the copies, after all that is there, or at a position. */
export type TapStart = 'start' | 'now' | Lsn;

/** What a tap begins with. */
export interface TapBeginning {
  /** Number of the first batch. */
  readonly next: number;
  /** Commits of the epoch that are below it do not come out. */
  readonly from: Lsn;
  readonly epoch: number;
  /** Tables by id, as they are before that batch. */
  readonly lives: Map<string, TableLife>;
  readonly history: SchemaHistory;
  /** Batches up to this one are in the history. */
  readonly known: number;
}

interface StartParts {
  readonly store: ObjectStore;
  readonly manifests: ManifestLog;
  readonly schemas: SchemaStore;
  readonly sources: TapSources;
  /** Whether a table comes out at all, by its newest name. */
  readonly isWanted: (history: SchemaHistory, tableId: string) => boolean;
}

/**
 * Finds where a tap begins. The tap is registered as a reader by now. LAKE_SWEPT when changes from
 * there on are gone.
 */
export async function beginTap(parts: StartParts, start: TapStart): Promise<TapBeginning> {
  const { store, manifests, schemas, sources } = parts;
  const floors = await readFloors(store);
  const newest = await manifests.newest(null);
  const end = newest?.number ?? 0;
  const first = start === 'start' ? null : await firstBatch(parts, start, newest);
  await sources.look();
  const lives = new Map<string, TableLife>();
  const tell = (manifest: StoredManifest): void => {
    const { number, epoch, catalog } = manifest;
    if (first !== null && number >= first.next) return;
    endEarlier(lives, epoch);
    for (const event of catalog) lives.set(event.tableId, afterFact(lives.get(event.tableId) ?? newLife(event.tableId), event, manifest));
  };
  const history = await readSchemaHistory(store, manifests, { schemas, tell });
  if (first !== null) {
    const wanted = new Map([...floors].filter(([tableId]) => parts.isWanted(history, tableId)));
    const gone = await goneFloors(manifests, wanted, first.next);
    if (gone.length > 0) throw await sweptError(manifests, Math.max(...gone));
  }
  const epoch = first?.epoch ?? Math.max(newest?.epoch ?? 1, ...sources.plans.map((plan) => plan.epoch));
  for (const { tableId } of sources.plans) if (epochOf(tableId) === epoch && !lives.has(tableId)) lives.set(tableId, newLife(tableId));
  endEarlier(lives, epoch);
  for (const tableId of lives.keys()) if (!parts.isWanted(history, tableId)) lives.delete(tableId);
  if (first !== null) {
    for (const [tableId, life] of lives) lives.set(tableId, standing(life, sources, first.from));
    return { ...first, lives, history, known: end };
  }
  for (const [tableId, life] of lives) lives.set(tableId, await beginning(life, sources, floors.get(tableId) ?? 0));
  const next = await earliest(manifests, lives, { epoch, end });
  return { next, from: 0n, epoch, lives, history, known: end };
}

/** The batch with a position, or the one after all that are there. */
async function firstBatch(
  { store, manifests }: StartParts,
  start: Exclude<TapStart, 'start'>,
  newest: StoredManifest | null,
): Promise<{ next: number; from: Lsn; epoch: number }> {
  if (newest === null) return { next: 1, from: start === 'now' ? 0n : start, epoch: 1 };
  if (start === 'now') return { next: newest.number + 1, from: parseLsn(newest.to), epoch: newest.epoch };
  const epochs = await readEpochs(store);
  // A source that was set back has a position twice; the later one counts.
  const epoch = epochs.findLast(({ consistentPoint }) => parseLsn(consistentPoint) <= start)?.epoch ?? 1;
  const oldest = await manifests.read(1);
  if (oldest !== null && oldest.epoch === epoch && start < parseLsn(oldest.from)) throw unheld(oldest.from);
  const next = await manifests.firstNotBelow(newest.number, (one) => isBefore(one, epoch, start));
  return { next, from: start, epoch };
}

/** The floors of the tables that have something in a batch from a number on, up to their floor. */
async function goneFloors(manifests: ManifestLog, floors: ReadonlyMap<string, number>, next: number): Promise<number[]> {
  const unseen = new Map([...floors].filter(([, floor]) => floor >= next));
  const gone: number[] = [];
  for (let first = next; unseen.size > 0 && first <= Math.max(...unseen.values()); first += TOGETHER) {
    const numbers = Array.from({ length: TOGETHER }, (_, index) => first + index);
    for (const manifest of await Promise.all(numbers.map((number) => manifests.read(number)))) {
      for (const { tableId } of [...(manifest?.files ?? []), ...(manifest?.catalog ?? [])]) {
        const floor = unseen.get(tableId);
        if (floor === undefined || manifest === null || manifest.number > floor) continue;
        gone.push(floor);
        unseen.delete(tableId);
      }
    }
  }
  return gone;
}

/** Where a table stands at a position, by the copies that lie before it and after it. */
function standing(life: TableLife, sources: TapSources, from: Lsn): TableLife {
  const since = life.state.kind === 'wants' ? life.state.since : 0n;
  if (life.state.kind === 'rests') return life;
  const copies = sources.of(life.tableId).filter(({ point }) => point >= since);
  const before = copies.findLast(({ point }) => point < from);
  if (before !== undefined) return afterCopy(life, before);
  const [ahead] = copies;
  return ahead === undefined ? life : { ...life, state: { kind: 'comes', source: ahead } };
}

/** Where a table begins whose rows come out first. */
async function beginning(life: TableLife, sources: TapSources, floor: number): Promise<TableLife> {
  const source = await sources.oldest(life.tableId, floor);
  // It was never copied, or it ended and was swept.
  if (source === null && (floor === 0 || life.state.kind === 'rests')) return life;
  if (source === null)
    throw new TailraceError('LAKE_SWEPT', `the lake has neither a copy nor a base from which table ${life.tableId} can begin`, {
      hint: 'Run `tailrace resync TABLE`, or leave the table out.',
    });
  return { ...life, state: { kind: 'comes', source, first: true } };
}

/** The first batch that anything of the tables can be in. */
async function earliest(
  manifests: ManifestLog,
  lives: ReadonlyMap<string, TableLife>,
  { epoch, end }: { readonly epoch: number; readonly end: number },
): Promise<number> {
  const points = [...lives.values()].flatMap(({ state }) =>
    state.kind === 'comes' ? [state.source.point] : state.kind === 'wants' ? [state.since] : [],
  );
  const [least] = points.toSorted((a, b) => (a < b ? -1 : 1));
  return least === undefined ? end + 1 : manifests.firstNotBelow(end, (one) => isBefore(one, epoch, least - 1n));
}

function isBefore({ epoch, to }: StoredManifest, of: number, lsn: Lsn): boolean {
  return epoch < of || (epoch === of && parseLsn(to) <= lsn);
}

/** Forgets tables of epochs before this one: each has another id in it. */
export function endEarlier(lives: Map<string, TableLife>, epoch: number): void {
  for (const tableId of lives.keys()) if (epochOf(tableId) < epoch) lives.delete(tableId);
}

/** LAKE_SWEPT of changes up to a batch; it names the first position from which all are there. */
export async function sweptError(manifests: ManifestLog, floor: number): Promise<TailraceError> {
  const last = await manifests.read(floor);
  return unheld(last?.to ?? formatLsn(0n));
}

function unheld(lsn: string): TailraceError {
  return new TailraceError('LAKE_SWEPT', `the lake has the changes of these tables from ${lsn} on`, {
    hint: `Begin with --from ${lsn}, or with --from start, which has all rows.`,
  });
}
