import { formatLsn, parseLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import type { DecodedFile } from '../arrow-read.ts';
import { decodeBaseFile, decodeNamedFile } from '../arrow-read.ts';
import { BaseLog, readBaseChunks } from '../bases/base-log.ts';
import { newestBase } from '../bases/newest-base.ts';
import type { ManifestLog } from '../manifest-log.ts';
import { lastBelowCopy } from '../retention/copy-point.ts';
import { donePlans } from '../schemas/schema-history.ts';
import { SnapshotLog, readChunks } from '../snapshot-log.ts';
import type { SnapshotPlan } from '../snapshot-log.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { LifeSource, TableLife } from './table-life.ts';
import { RowReader, lineText } from './tapped-file.ts';
import type { TapLine, TappedTable } from './tapped-file.ts';

/** Chunk records that are read at once. */
const TOGETHER = 32;

/** The whole copies of a lake, and its bases, as what tables of a tap begin with. */
export class TapSources {
  readonly #store: ObjectStore;
  readonly #manifests: ManifestLog;
  readonly #read: (path: string, tableId: string, manifest: number) => Promise<Uint8Array>;
  readonly #copies: SnapshotLog;
  readonly #bases: BaseLog;
  /** As the last look has found them, by epoch and point. */
  plans: readonly SnapshotPlan[] = [];

  /** `read`: an object of a table that a manifest or a record names. */
  constructor(store: ObjectStore, manifests: ManifestLog, read: (path: string, tableId: string, manifest: number) => Promise<Uint8Array>) {
    this.#store = store;
    this.#manifests = manifests;
    this.#read = read;
    this.#copies = new SnapshotLog(store);
    this.#bases = new BaseLog(store);
  }

  async look(): Promise<void> {
    this.plans = await donePlans(this.#copies);
  }

  /** The first copy of a table after the one that it has, from a position on. */
  firstAfter({ tableId, generation }: Pick<TableLife, 'tableId' | 'generation'>, since: Lsn): LifeSource | null {
    const found = this.of(tableId).find((one) => one.generation > generation && one.point >= since);
    return found ?? null;
  }

  /** The copies of a table, by point. */
  of(tableId: string): LifeSource[] {
    return this.plans
      .filter((plan) => plan.tableId === tableId)
      .map(({ generation, consistentPoint }) => ({ kind: 'copy', n: generation, generation, point: parseLsn(consistentPoint) }));
  }

  /**
   * The oldest copy of a table, or a base of it where the copies may be gone. null: nothing is
   * left. `floor`: data of batches up to this one may be gone.
   */
  async oldest(tableId: string, floor: number): Promise<LifeSource | null> {
    const plans = this.plans.filter((one) => one.tableId === tableId);
    const plan = plans.at(-1);
    if (plan === undefined) return null;
    const { generation } = plan;
    const upTo = (await this.#manifests.newest(null))?.number ?? 0;
    for (const [index, copy] of this.of(tableId).entries()) {
      const of = plans[index];
      if (floor === 0 || (of !== undefined && (await lastBelowCopy(this.#manifests, of, upTo)) >= floor)) return copy;
    }
    // What a base is worth is for warehouses to say; one that was found wrong is left out anywhere.
    const base = await newestBase(this.#bases, this.#manifests, plan, { policy: 'none', allowed: ({ manifest }) => manifest >= floor });
    return base === null ? null : { kind: 'base', n: base.plan.n, generation, point: parseLsn(base.plan.consistentPoint) };
  }

  /** Hash of the schema that the rows of a source have. */
  async schemaOf(tableId: string, source: LifeSource): Promise<string | null> {
    const plan =
      source.kind === 'copy'
        ? await this.#copies.plan({ tableId, generation: source.n })
        : await this.#bases.plan({ tableId, n: source.n });
    return plan?.schema ?? null;
  }

  /** The rows of a source as lines at a position: at its point, or a later one without changes. */
  async *lines(of: TappedTable, source: LifeSource, at: Lsn): AsyncGenerator<Iterable<TapLine>> {
    let copied = 0;
    for await (const part of this.#parts(of.schema.tableId, source)) {
      const first = copied;
      copied += part.rowCount;
      yield copyLines(of, part, { at, first });
    }
  }

  async *#parts(tableId: string, { kind, n }: LifeSource): AsyncGenerator<DecodedFile> {
    if (kind === 'copy') {
      const done = await this.#copies.done({ tableId, generation: n });
      for (let after = 0; after < (done?.chunks ?? 0); after += TOGETHER)
        for (const chunk of await readChunks(
          this.#store,
          { tableId, generation: n },
          { after, upTo: Math.min(after + TOGETHER, done?.chunks ?? 0) },
        ))
          yield decodeNamedFile(await this.#read(chunk.path, tableId, 0), chunk);
      return;
    }
    const base = await this.#bases.read({ tableId, n });
    for (let after = 0; after < (base?.done.chunks ?? 0); after += TOGETHER) {
      const numbers = Array.from({ length: Math.min(TOGETHER, (base?.done.chunks ?? 0) - after) }, (_, index) => after + 1 + index);
      for (const chunk of await readBaseChunks(this.#store, { tableId, n }, numbers))
        yield* decodeBaseFile(await this.#read(chunk.path, tableId, base?.plan.manifest ?? 0), chunk);
    }
  }
}

function* copyLines(of: TappedTable, part: DecodedFile, { at, first }: { at: Lsn; first: number }): Generator<TapLine> {
  const reader = new RowReader(of.schema, part);
  const lsn = formatLsn(at);
  for (let row = 0; row < part.rowCount; row += 1) {
    yield {
      lsn: at,
      ordinal: 0,
      text() {
        const exact = reader.exact(row);
        const [key, cells] = [reader.key(row, exact), reader.row(row, null, exact)];
        return lineText(of, { op: 'copy', key, row: cells, lsn, ordinal: 0, commitTime: null, xid: null, copied: first + row + 1 });
      },
    };
  }
}
