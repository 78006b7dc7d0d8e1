import { formatLsn } from '../core/lsn.ts';
import type { Moment } from '../core/time.ts';
import type { KeepWish, TablePosition } from '../lake/readers.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import type { Engine } from '../warehouse/engine.ts';
import { expiriesOf } from './expiry-watch.ts';
import type { PositionFile } from './position-file.ts';
import type { RecentlyApplied } from './state/recently-applied.ts';
import type { Space } from './upkeep/space.ts';
import type { TableChanges } from './state/table-changes.ts';
import { withNeeds } from './state/table-needs.ts';
import { tablePositions } from './state/table-positions.ts';
import type { WarehouseState } from './state/warehouse-state.ts';
import type { CompactorContext } from './context.ts';

/** Processes that wait for this reader take it for dead after a minute of silence. */
const SILENT_AT_MOST_MS = 15_000;
/** On S3 every write costs money. */
const SILENT_AT_MOST_S3_MS = 30_000;

/**
 * Reports how far the warehouse is: position.json in the lake, tailrace.freshness in the warehouse.
 */
export class PositionReport {
  readonly #store: ObjectStore;
  readonly #engine: Pick<Engine, 'confirm'>;
  readonly #file: PositionFile;
  readonly #state: WarehouseState;
  readonly #recent: RecentlyApplied;
  readonly #changes: TableChanges;
  readonly #keeps: KeepWish | null;
  readonly #space: Space;
  readonly #warehouseId: string;
  readonly #moved: () => void;
  readonly #readsOnly: boolean;
  readonly #rows = new Map<string, string>();
  #written = '';
  #writtenAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    {
      store,
      engine,
      positionFile,
      state,
      recent,
      changes,
      keeps,
      moved,
      readsOnly,
    }: Pick<CompactorContext, 'store' | 'engine' | 'positionFile' | 'state' | 'recent' | 'changes' | 'keeps' | 'moved' | 'readsOnly'>,
    warehouseId: string,
    space: Space,
  ) {
    this.#store = store;
    this.#engine = engine;
    this.#file = positionFile;
    this.#state = state;
    this.#recent = recent;
    this.#changes = changes;
    this.#keeps = keeps;
    this.#space = space;
    this.#warehouseId = warehouseId;
    this.#moved = moved;
    this.#readsOnly = readsOnly;
  }

  /**
   * Writes changes at once, and an unchanged position from time to time. `ahead`: the last report
   * before the compactor ends with WAREHOUSE_AHEAD.
   */
  async write({ wallMs, elapsedMs }: Moment, { ahead = false }: { readonly ahead?: boolean } = {}): Promise<void> {
    const { front } = this.#state;
    const tables = tablePositions(this.#state.generations(), front);
    await this.#saveRows(tables);
    await this.#state.saveFacts(this.#changes.noteShown(tables, front.manifest));
    if (this.#readsOnly) return;
    const { manifest, appliedLsn, asOf } = front;
    const { batches, windows } = this.#recent;
    const told = withNeeds(this.#changes.on(tables), this.#state.generations(), front);
    const where = { warehouseId: this.#warehouseId, manifest, appliedLsn: formatLsn(appliedLsn), asOf, tables: told };
    const expiries = expiriesOf(this.#state);
    const { latest, lagging } = this.#space;
    const seldom = {
      ...(lagging.length > 0 ? { lagging } : {}),
      ...(ahead ? { ahead } : {}),
      ...(expiries > 0 ? { expiries } : {}),
      ...(this.#keeps === null ? {} : { keeps: this.#keeps }),
    };
    const position = { ...where, batches, windows, space: latest, ...seldom };
    const text = JSON.stringify(position);
    const silentAtMostMs = this.#store.location.kind === 's3' ? SILENT_AT_MOST_S3_MS : SILENT_AT_MOST_MS;
    if (text === this.#written && elapsedMs - this.#writtenAtMs < silentAtMostMs) return;
    // A process that has lost its warehouse knows only an earlier position. It would name none of
    // the copies that its successor reads, and a sweeper must not hear that these are not needed.
    await this.#engine.confirm?.();
    await this.#file.put(position, wallMs);
    if (text !== this.#written) this.#moved();
    this.#written = text;
    this.#writtenAtMs = elapsedMs;
  }

  /** Live tables share the position of the front, so their rows need not follow it. */
  async #saveRows(tables: readonly TablePosition[]): Promise<void> {
    const wanted = new Map(
      tables.map((table) => [table.table, JSON.stringify(table.state === 'live' ? { ...table, asOf: null, appliedLsn: null } : table)]),
    );
    const changed = tables.filter(({ table }) => this.#rows.get(table) !== wanted.get(table));
    const gone = [...this.#rows.keys()].filter((table) => !wanted.has(table));
    await this.#state.saveTables(changed, gone);
    for (const table of gone) this.#rows.delete(table);
    for (const { table } of changed) this.#rows.set(table, wanted.get(table) ?? '');
  }
}
