import type { Log } from '../../core/log.ts';
import { abortableSleep } from '../../core/loop.ts';
import { formatLsn, parseLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import { matchNamed } from '../../core/table-glob.ts';
import { epochOf, oidOf } from '../../core/table.ts';
import { elapsed } from '../../core/time.ts';
import { STREAM_PREFIX } from '../keys.ts';
import { ManifestLog } from '../manifest-log.ts';
import type { CatalogEvent, StoredManifest } from '../manifest.ts';
import { SchemaStore } from '../schema-store.ts';
import type { SchemaHistory } from '../schemas/schema-history.ts';
import { Attention } from '../store/attention.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { storeChanges } from '../store/store-changes.ts';
import { mergedLines } from './merged-lines.ts';
import { afterCopy, afterFact, endsWaiting, newLife } from './table-life.ts';
import type { LifeSource, TableLife } from './table-life.ts';
import { TapReader } from './tap-reader.ts';
import type { TapNeeds } from './tap-reader.ts';
import { TapObjects } from './tap-objects.ts';
import type { Placed } from './tap-objects.ts';
import type { TapSources } from './tap-sources.ts';
import { beginTap, endEarlier } from './tap-start.ts';
import type { TapBeginning, TapStart } from './tap-start.ts';
import { truncateLine } from './truncate-line.ts';

/** Looks for a copy that is waited for, and for copies that nobody waits for. */
const COPY_EVERY_MS = { directory: 500, memory: 10, s3: 5_000 };
const COPIES_EVERY_MS = 15_000;
const LONGEST_PAUSE_MS = { directory: 1_000, memory: 10, s3: 5_000 };
/** A missing manifest looks like the end of the log. */
const HOLES_EVERY_MS = 60_000;

export interface TapOptions {
  readonly store: ObjectStore;
  readonly log: Log;
  readonly from: TapStart;
  /** Only commits below it; null: without an end. */
  readonly to: Lsn | null;
  /** Globs, all of which a table has to match; null: all tables. */
  readonly tables: readonly (readonly string[] | null)[];
  readonly signal: AbortSignal;
}

/**
 * Every change of the lake in order, as lines of JSON. Follows the lake until `to` or the signal.
 * Always true: lines are in the order of epoch, commit and ordinal over all tables, and the rows of
 * a copy stand at its point. So a reader that has a line can begin again right after it. Throws
 * NO_SUCH_TABLE, LAKE_SWEPT, LAKE_CORRUPT.
 */
export async function* tapLines(options: TapOptions): AsyncGenerator<string> {
  const tap = new Tap(options);
  await tap.lookForCopies();
  await using reader = await TapReader.open(options.store, options.log, () => tap.needs());
  const begun = await tap.begin();
  await reader.report();
  yield* tap.lines(begun);
}

class Tap {
  readonly #options: TapOptions;
  readonly #manifests: ManifestLog;
  readonly #schemas: SchemaStore;
  readonly #objects: TapObjects;
  readonly #sources: TapSources;
  readonly #attention: Attention;
  readonly #changes: AsyncIterator<void>;
  readonly #wanted = new Map<string, boolean>();
  #begun: TapBeginning | null = null;
  /** Everything up to this batch has come out. */
  #done: { readonly number: number; readonly to: string } = { number: 0, to: '0/0' };
  #copiesAtMs = Number.NEGATIVE_INFINITY;
  #holesAtMs = elapsed();

  constructor(options: TapOptions) {
    const { store, log, signal } = options;
    this.#options = options;
    this.#manifests = new ManifestLog(store, log);
    this.#schemas = new SchemaStore(store);
    this.#objects = new TapObjects(store, this.#manifests, this.#schemas);
    this.#sources = this.#objects.sources;
    this.#attention = new Attention(LONGEST_PAUSE_MS[store.location.kind], elapsed());
    this.#changes = storeChanges(store, STREAM_PREFIX, signal, this.#attention)[Symbol.asyncIterator]();
  }

  /** Before it knows where it begins, it needs everything. */
  needs(): TapNeeds {
    const { number: manifest, to: lsn } = this.#done;
    const lives = [...(this.#begun?.lives.values() ?? [])].filter(({ state }) => state.kind !== 'rests');
    const tables = lives.map(({ tableId, generation, state }) => {
      const source = state.kind === 'comes' ? state.source : null;
      const loads = source === null ? null : source.kind === 'copy' ? { copy: source.n } : { base: source.n };
      return { tableId, table: this.#nameOf(tableId), generation: source?.generation ?? generation, needs: { manifest, source: loads } };
    });
    // Also tables that it has yet to meet in the stream.
    const others = this.#sources.plans.filter(
      ({ tableId }) => this.#begun?.lives.has(tableId) !== true && this.#wanted.get(tableId) !== false,
    );
    const coming = others.map(({ tableId, table, generation }) => ({
      tableId,
      table,
      generation,
      needs: { manifest, source: { copy: generation } },
    }));
    return { manifest, lsn, tables: [...tables, ...coming] };
  }

  /** Finds where it begins; it is registered by now. */
  async begin(): Promise<TapBeginning> {
    const { from, store, tables } = this.#options;
    const isWanted = (history: SchemaHistory, tableId: string): boolean => this.#isWanted(history, tableId, null);
    const parts = { store, manifests: this.#manifests, schemas: this.#schemas, sources: this.#sources, isWanted };
    const begun = await beginTap(parts, from);
    requireKnown(tables, begun.history);
    this.#begun = begun;
    this.#done = { number: begun.next - 1, to: formatLsn(begun.from) };
    return begun;
  }

  async *lines(begun: TapBeginning): AsyncGenerator<string> {
    const { to } = this.#options;
    const before = to === null ? null : await this.#manifests.read(begun.next - 1);
    if (before !== null && to !== null && parseLsn(before.to) >= to) return;
    for (let number = begun.next; ; number += 1) {
      const manifest = await this.#next(number);
      if (manifest === null || (to !== null && parseLsn(manifest.from) >= to)) return;
      yield* this.#batch(manifest, begun);
      this.#done = manifest;
      if (this.#options.signal.aborted || (to !== null && parseLsn(manifest.to) >= to)) return;
    }
  }

  /** Waits for a batch; null: the tap is to end. */
  async #next(number: number): Promise<StoredManifest | null> {
    while (!this.#options.signal.aborted) {
      const found = await this.#manifests.read(number);
      if (found !== null) {
        this.#attention.happened(elapsed());
        return found;
      }
      if (elapsed() - this.#holesAtMs > HOLES_EVERY_MS) {
        await this.#manifests.requireNoHole(number);
        this.#holesAtMs = elapsed();
      }
      if ((await this.#changes.next()).done === true) break;
    }
    return null;
  }

  async *#batch(manifest: StoredManifest, begun: TapBeginning): AsyncGenerator<string> {
    const { lives, history } = begun;
    const { to } = this.#options;
    endEarlier(lives, manifest.epoch);
    this.#takeFacts(manifest, ['published', 'resync'], begun);
    const placed = await this.#placeCopies(manifest, begun);
    if (placed === null) return;
    if (manifest.number > begun.known) await history.pass(manifest);
    const copies = placed.map((one) => this.#objects.copy(one, history));
    const changes = [...Map.groupBy(manifest.files, ({ tableId }) => tableId)].flatMap(([tableId, files]) => {
      const since = this.#since(tableId, placed, begun);
      return since === null ? [] : [this.#objects.changes(manifest.number, files, { since, history })];
    });
    const least = manifest.epoch === begun.epoch ? begun.from : 0n;
    yield* mergedLines([...copies, ...changes], ({ lsn }) => lsn >= least && (to === null || lsn < to));
    for (const { life, source } of placed) lives.set(life.tableId, afterCopy(life, source));
    const flowed = new Set([...lives.values()].filter(({ state }) => state.kind === 'flows').map(({ tableId }) => tableId));
    this.#takeFacts(manifest, ['dropped', 'held'], begun);
    const end = parseLsn(manifest.to);
    for (const { kind, tableId } of manifest.catalog)
      if (kind === 'dropped' && flowed.has(tableId) && lives.get(tableId)?.state.kind === 'rests' && (to === null || end < to))
        yield truncateLine(history, tableId, end).text();
  }

  #takeFacts(manifest: StoredManifest, kinds: readonly CatalogEvent['kind'][], { lives, history }: TapBeginning): void {
    for (const event of manifest.catalog) {
      const { tableId, table, kind } = event;
      if (kinds.includes(kind) && this.#isWanted(history, tableId, table))
        lives.set(tableId, afterFact(lives.get(tableId) ?? newLife(tableId), event, manifest));
    }
  }

  /** The copies whose rows come out in a batch; waits for one where needed. null: the tap ends. */
  async #placeCopies(manifest: StoredManifest, { lives, from: begin, epoch }: TapBeginning): Promise<Placed[] | null> {
    for (const life of lives.values()) {
      if (life.state.kind !== 'wants') continue;
      const source = await this.#awaitCopy(life, life.state.since, manifest.number);
      if (this.#options.signal.aborted) return null;
      // Where the tap began, the reader has the rows of that copy.
      const had = source !== null && manifest.epoch === epoch && source.point < begin;
      lives.set(
        life.tableId,
        had ? afterCopy(life, source) : { ...life, state: source === null ? { kind: 'rests' } : { kind: 'comes', source } },
      );
    }
    if (elapsed() - this.#copiesAtMs > COPIES_EVERY_MS) await this.lookForCopies();
    const [from, to] = [parseLsn(manifest.from), parseLsn(manifest.to)];
    // Copies at one point have an order that does not depend on where the tap began.
    const inOrder = [...lives.values()].toSorted((a, b) => oidOf(a.tableId) - oidOf(b.tableId));
    return inOrder.flatMap((life) => {
      const { state } = life;
      // A copy that nobody waits for is one more way to the same rows.
      const source = state.kind === 'comes' ? state.source : state.kind === 'flows' ? this.#sources.firstAfter(life, from) : null;
      if (source === null || epochOf(life.tableId) !== manifest.epoch) return [];
      const at = source.point > from ? source.point : from;
      // Commits at the end of a batch are in the next one, and come after rows that stand there.
      return at <= to ? [{ life, source, at, first: state.kind === 'comes' && state.first === true }] : [];
    });
  }

  /** The copy that a table needs; null: the table ends before there is one. */
  async #awaitCopy(life: TableLife, since: Lsn, number: number): Promise<LifeSource | null> {
    const { signal, log, store } = this.#options;
    for (let looked = number, tries = 0; !signal.aborted; tries += 1) {
      await this.lookForCopies();
      const source = this.#sources.firstAfter(life, since);
      if (source !== null) return source;
      for (let later = await this.#manifests.read(looked + 1); later !== null; later = await this.#manifests.read(looked + 1)) {
        if (endsWaiting(life, later)) return null;
        looked += 1;
      }
      if (tries === 1) log.info({ table: this.#nameOf(life.tableId) }, 'the tap waits for the copy of a table');
      await abortableSleep(COPY_EVERY_MS[store.location.kind], signal);
    }
    return null;
  }

  /** Learns of copies that were finished since. */
  async lookForCopies(): Promise<void> {
    await this.#sources.look();
    this.#copiesAtMs = elapsed();
  }

  /** From which commit on the rows of a table come out in a batch; null: none do. */
  #since(tableId: string, placed: readonly Placed[], { lives, history }: TapBeginning): Lsn | null {
    if (!this.#isWanted(history, tableId, null)) return null;
    const coming = placed.find(({ life }) => life.tableId === tableId);
    if (coming !== undefined) return coming.source.point;
    const life = lives.get(tableId) ?? newLife(tableId);
    lives.set(tableId, life);
    return life.state.kind === 'flows' ? (life.point ?? 0n) : null;
  }

  #nameOf(tableId: string): string {
    return this.#begun?.history.newest(tableId)?.table ?? tableId;
  }

  /** Decided once for each table, by its newest name then: a rename changes nothing of it. */
  #isWanted(history: SchemaHistory, tableId: string, named: string | null): boolean {
    const known = this.#wanted.get(tableId);
    const table = history.newest(tableId)?.table ?? named;
    if (known !== undefined || table === null) return known ?? true;
    const wanted = this.#options.tables.every((globs) => matchNamed(globs, [{ table }], true).length > 0);
    this.#wanted.set(tableId, wanted);
    return wanted;
  }
}

/** NO_SUCH_TABLE for a glob that no table matches. */
function requireKnown(globs: TapOptions['tables'], { tables }: SchemaHistory): void {
  const named = tables.map((versions) => ({ table: versions.at(-1)?.table ?? '' }));
  globs.reduce((found, some) => matchNamed(some, found), named);
}
