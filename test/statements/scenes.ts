import type { Compactor } from '../../compactor/compactor.ts';
import type { TableSchema } from '../../core/table.ts';
import type { Change, Row } from '../support/change-file.ts';
import { later } from '../support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../support/warehouse/warehouse-bench.ts';

/** Longer than any pause between looks at a lake on S3. */
const LOOK_MS = 300_000;

/** One lake whose positions only grow, over one warehouse. */
export class Scenes {
  readonly bench: WarehouseBench;
  #compactor: Compactor | null = null;
  #elapsedMs = 0;
  #lsn: bigint;
  #ordinal = 0;

  constructor(bench: WarehouseBench, lsn = 10n) {
    this.bench = bench;
    this.#lsn = lsn;
  }

  /**
   * Applies all that is there. `restart`: with another compactor. `laterMs`: since the time before;
   * then also what is done only now and then.
   */
  async settle({ restart = false, laterMs }: { restart?: boolean; laterMs?: number } = {}): Promise<void> {
    if (restart || this.#compactor === null) this.#compactor = await this.bench.start();
    this.#elapsedMs += laterMs ?? LOOK_MS;
    while (await this.#compactor.turn(later(this.#elapsedMs)));
    if (restart || laterMs !== undefined) await this.#compactor.turn(later(this.#elapsedMs + 11_000));
  }

  change(op: Change['op'], of: Row, more: Partial<Change> = {}): Change {
    this.#ordinal += 1;
    return { op, lsn: this.#lsn, ordinal: this.#ordinal, row: of, ...more };
  }

  /** Each copy has a generation of its own. */
  async copy(schema: TableSchema, ...chunks: readonly (readonly Row[])[]): Promise<void> {
    await this.bench.lake.copy(schema, { generation: Number(this.#lsn), lsn: this.#lsn }, chunks);
    this.#lsn += 10n;
    await this.bench.lake.batch([], { to: this.#lsn });
    await this.settle();
  }

  /** Every file of one batch; then all of it is applied. */
  async batch(...files: readonly (readonly [TableSchema, readonly Change[]])[]): Promise<void> {
    const written = [];
    for (const [schema, changes] of files) written.push(await this.bench.lake.file(schema, changes));
    this.#lsn += 10n;
    await this.bench.lake.batch(written, { to: this.#lsn });
    await this.settle();
  }

  async fact(kind: 'held' | 'dropped' | 'schema' | 'published', schema: TableSchema): Promise<void> {
    const of = { table: `public.${schema.name}`, tableId: schema.tableId };
    this.#lsn += 10n;
    const event =
      kind === 'held'
        ? ({ kind, ...of, reason: 'a test' } as const)
        : kind === 'schema'
          ? { kind, ...of, schema: await this.bench.lake.schema(schema) }
          : { kind, ...of };
    await this.bench.lake.batch([], { catalog: [event], to: this.#lsn });
    await this.settle();
  }

  /** A transaction that came while it ran, with an aborted part. */
  async streamed(schema: TableSchema, changes: readonly Omit<Change, 'lsn'>[]): Promise<void> {
    const file = await this.bench.lake.streamedFile(schema, changes, { commitLsn: this.#lsn, abortedXids: [8] });
    this.#lsn += 10n;
    await this.bench.lake.batch([file], { to: this.#lsn });
    await this.settle();
  }

  get lsn(): bigint {
    return this.#lsn;
  }

  /** A later position. */
  pass(): bigint {
    return (this.#lsn += 10n);
  }
}
