import { silentLogger } from '../../../core/log.ts';
import { checksum } from '../../../lake/arrow-file.ts';
import { putBaseChunk, putBaseDone, putBasePlan, putBaseProof } from '../../../lake/bases/base-log.ts';
import { baseDataKey } from '../../../lake/keys.ts';
import { ManifestLog } from '../../../lake/manifest-log.ts';
import { putPosition } from '../../../lake/readers.ts';
import type { KeepWish, TableNeeds } from '../../../lake/readers.ts';
import type { ObjectStore } from '../../../lake/store/object-store.ts';
import { Sweeper } from '../../../lake/retention/sweep.ts';
import type { Swept } from '../../../lake/retention/sweep.ts';
import { DEFAULT_POLICY } from '../../../lake/retention/sweep-policy.ts';
import type { SweepPolicy } from '../../../lake/retention/sweep-policy.ts';
import type { TableSchema } from '../../../core/table.ts';
import { LakeWriter, tableSchema } from '../lake-writer.ts';
import { MemoryStore } from '../memory-store.ts';

const HOUR_MS = 3_600_000;
export const DAY_HOURS = 24;

export const ONE = tableSchema({ oid: 1, name: 'one', columns: { id: { kind: 'int8' } }, key: ['id'] });
export const TWO = tableSchema({ oid: 2, name: 'two', columns: { id: { kind: 'int8' } }, key: ['id'] });

/** A lake in memory whose store has a clock that the test sets, with what retention goes by. */
export class RetainedLake {
  readonly writer: LakeWriter;
  readonly memory: MemoryStore;
  readonly log: ManifestLog;
  readonly #clock: { nowMs: number };
  #lsn = 10n;
  #manifests = 0;
  #data = 0;

  static async open(): Promise<RetainedLake> {
    const clock = { nowMs: 0 };
    const memory = new MemoryStore(() => new Date(clock.nowMs));
    return new RetainedLake(memory, await LakeWriter.open(memory), clock);
  }

  private constructor(memory: MemoryStore, writer: LakeWriter, clock: { nowMs: number }) {
    this.memory = memory;
    this.writer = writer;
    this.log = new ManifestLog(memory, silentLogger());
    this.#clock = clock;
  }

  get hour(): number {
    return this.#clock.nowMs / HOUR_MS;
  }

  /** Sets the clock of the store. */
  at(hour: number): void {
    this.#clock.nowMs = hour * HOUR_MS;
  }

  sweeper(policy: Partial<SweepPolicy> = {}, store: ObjectStore = this.memory): Sweeper {
    const log = new ManifestLog(store, silentLogger());
    return new Sweeper(store, log, { ...DEFAULT_POLICY, ...policy }, { deletesNamed: true });
  }

  /** Turns of a sweeper at hours of all clocks; what they removed. */
  async sweep(sweeper: Sweeper, ...hours: number[]): Promise<string[]> {
    const removed: string[] = [];
    for (const hour of hours) {
      this.at(hour);
      removed.push(...(await sweeper.sweep(hour * HOUR_MS)).removed);
    }
    return removed;
  }

  async turn(sweeper: Sweeper): Promise<Swept> {
    return sweeper.sweep(this.#clock.nowMs);
  }

  /** A batch with a row of each table; the paths of its files. */
  async batch(...tables: TableSchema[]): Promise<string[]> {
    this.#lsn += 10n;
    const files = await Promise.all(
      tables.map((table) => this.writer.file(table, [{ op: 'I', lsn: this.#lsn, ordinal: 0, row: { id: String(this.#lsn) } }])),
    );
    await this.writer.batch(files, { epoch: tables[0]?.epoch ?? 1 });
    this.#manifests += 1;
    return files.map(({ path }) => path);
  }

  /** A whole copy of two chunks, as the lake is now. */
  async copy(table: TableSchema, generation = 1): Promise<void> {
    this.#lsn += 5n;
    await this.writer.copy(table, { generation, lsn: this.#lsn }, [[{ id: '1' }], [{ id: '2' }]]);
  }

  /**
   * A base at the newest manifest: two objects, or one and one that an earlier base has. Returns
   * the keys of its own objects.
   */
  async base(
    table: TableSchema,
    n: number,
    more: { takes?: string; proof?: boolean | null; done?: boolean; generation?: number } = {},
  ): Promise<string[]> {
    const { takes, proof = true, done = true, generation = 1 } = more;
    const of = { tableId: table.tableId, n };
    const head = { table: `public.${table.name}`, schema: await this.writer.schema(table), identity: 'key', epoch: table.epoch } as const;
    const rest = { generation, manifest: this.#manifests, consistentPoint: '0/1', from: null, writtenBy: 'w', program: '1', createdAt: '' };
    await putBasePlan(this.memory, { ...of, ...head, ...rest });
    const own: string[] = [];
    const bytes = new Uint8Array([7]);
    for (const chunk of [1, 2]) {
      const path = chunk === 1 && takes !== undefined ? takes : baseDataKey(of, 'cc', (this.#data += 1));
      if (path !== takes) {
        await this.memory.put(path, bytes);
        own.push(path);
      }
      const counts = { rows: 1, bytes: 1, checksum: checksum(bytes), contentHash: '1' };
      await putBaseChunk(this.memory, { ...of, chunk, path, ...counts, minKey: ['1'], maxKey: ['2'] });
    }
    if (done) await putBaseDone(this.memory, { ...of, chunks: 2, rows: 2, bytes: 2, contentHash: '2' });
    if (done && proof !== null) await putBaseProof(this.memory, { ...of, by: 'rebuild', equal: proof, at: '' });
    return own;
  }

  /** A warehouse says what it needs of each table. */
  async reader(
    id: string,
    needs: Readonly<Record<string, TableNeeds | null>>,
    seldom: { readonly expiries?: number; readonly keeps?: KeepWish } = {},
  ): Promise<void> {
    const tables = Object.entries(needs).map(([tableId, need]) => ({
      table: `public.t${tableId}`,
      tableId,
      generation: 1,
      state: 'live' as const,
      appliedLsn: null,
      asOf: null,
      appendOnly: false,
      error: null,
      needs: need,
    }));
    const where = { manifest: this.#manifests, appliedLsn: '0/1', asOf: null, at: '', batches: [], windows: [] };
    await putPosition(this.memory, { warehouseId: id, ...where, tables, ...seldom });
  }

  async keys(prefix = ''): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.memory.list(prefix)) keys.push(key);
    return keys;
  }
}
