import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger } from '../../core/log.ts';
import { parseLsn } from '../../core/lsn.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import type { LakeReport } from '../../lake/retention/lake-check.ts';
import { eventually } from '../support/eventually.ts';
import { Checks } from '../world/checks.ts';
import type { World } from '../world/world.ts';
import { goOn, paged } from './long-lake.ts';
import { EXPORTED, MART_AT_SOURCE, MART_SHOWN } from './marts.ts';
import type { Stage } from './stage.ts';
import { withLake } from './with-lake.ts';

/** How far the source was told that it may forget. */
const CONFIRMED = `
  select confirmed_flush_lsn::text as lsn from pg_replication_slots
  where database = current_database() and not temporary and slot_name like 'tailrace%' and confirmed_flush_lsn is not null`;

/** Slots that wait for a transaction of the application, which ends by a later step. */
const SLOTS_HELD = `
  select slot.pid from pg_stat_activity slot
  cross join unnest(pg_blocking_pids(slot.pid)) held(by)
  join pg_stat_activity holder on holder.pid = held.by
  where slot.datname = current_database() and slot.query ~* 'create_(logical_)?replication_slot' and holder.state = 'idle in transaction'`;

const SWEEPS = 2;
/** An ordeal has this setting (draw-ordeal.ts). */
const GRACE_MS = 10_000;

/**
 * A compactor looks this rarely at a lake on S3 that is at rest. One look makes a page, and another
 * one, after a grace, removes its manifests. A death in between costs a third.
 */
const LOOK_MS = 30_000;
const LOOKS_FOR_A_PAGE = 3;

/** What the product is held to in an ordeal. */
export class Judgement {
  readonly #stage: Stage;
  readonly #checks: Checks;
  readonly #patienceMs: number;

  /** `patienceMs`: how long it may take until all is live and fresh after the last fault. */
  constructor(stage: Stage, { settings, patienceMs }: Pick<World, 'settings'> & { patienceMs: number }) {
    this.#stage = stage;
    this.#patienceMs = patienceMs;
    this.#checks = new Checks(stage.database, stage.pipeline, { settings, said: () => stage.crew.said() });
  }

  /** Everything committed is in the warehouse within the patience, and every table is equal. */
  async live(): Promise<void> {
    await this.#checks.compare(this.#patienceMs);
  }

  /** The mart shows what its table has at the source. */
  async martsEqual(): Promise<void> {
    const [row] = await this.#stage.database.query<{ text: string }>(MART_AT_SOURCE);
    const shown = () => this.#stage.pipeline.query(MART_SHOWN).catch((error: unknown) => String(error));
    await eventually(async () => (await shown()) === row?.text, `a mart of ${row?.text}`, this.#patienceMs).catch(
      async (error: unknown) => {
        throw new Error(`${String(error)}; it is ${await shown()}\n${this.#stage.crew.said().join('\n')}`);
      },
    );
  }

  /** A page takes the place of the first manifests. */
  async paged(): Promise<void> {
    await withLake(this.#stage.pipeline.lake, (store) => paged(store, this.#patienceMs + LOOKS_FOR_A_PAGE * LOOK_MS));
  }

  /**
   * Waits for the table that is exported: until then each export would be a process for nothing.
   * False: it cannot come, because a slot is made only after transactions that are still open.
   */
  async exportable(): Promise<boolean> {
    const { pipeline, database } = this.#stage;
    const answer = async (): Promise<'comes' | 'cannot' | null> => {
      const rows = await pipeline.query(`SELECT count() FROM ${EXPORTED}`).catch(() => null);
      if (rows !== null) return 'comes';
      // Between two tries the slot waits for nothing, so once is enough.
      return (await database.query(SLOTS_HELD)).length > 0 ? 'cannot' : null;
    };
    return (await eventually(answer, `the table ${EXPORTED}`, this.#patienceMs)) === 'comes';
  }

  async exported(args: string[]): Promise<void> {
    const deadline = Date.now() + this.#patienceMs;
    for (;;) {
      const { code, stderr } = await this.#stage.pipeline.cli(args);
      if (code === 0) return;
      if (Date.now() > deadline) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
    }
  }

  /**
   * The rest, all at once: none of it needs another, and the roles take time while they wait.
   * Throws the first failure.
   */
  async rest(): Promise<void> {
    const ended = await Promise.allSettled([this.verified(), this.#lakeWhole(), this.#rebuiltElsewhere()]);
    const failed = ended.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** Everything that the lake names is there, with the right checksums. */
  async #lakeWhole(): Promise<void> {
    await this.#checks.expect(['lake', 'check', '--deep']);
  }

  /**
   * Sweeps twice; then everything in the lake is named. Each time the lake has gone on, by another
   * writer, and a grace is over. While it stands still a dead writer may be a frozen one, which
   * wakes and names its files, so they stay.
   */
  async clean(): Promise<void> {
    for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
      await withLake(this.#stage.pipeline.lake, goOn);
      await sleep(GRACE_MS);
      await this.#checks.expect(['lake', 'sweep']);
    }
    const report = JSON.parse(await this.#checks.expect(['lake', 'check', '--json'])) as LakeReport;
    if (report.problems.length > 0) throw new Error(`after ${SWEEPS} sweeps: ${JSON.stringify(report.problems.slice(0, 20))}`);
  }

  async verified(): Promise<void> {
    await this.#checks.verify();
  }

  /** What the source may forget is in the lake. */
  async slotBehindLake(): Promise<void> {
    // The slot is read first: both only grow.
    const slots = await this.#stage.database.query<{ lsn: string }>(CONFIRMED);
    const newest = await withLake(this.#stage.pipeline.lake, (store) => new ManifestLog(store, silentLogger()).newest(null));
    if (newest === null) return;
    const ahead = slots.find(({ lsn }) => parseLsn(lsn) > parseLsn(newest.to));
    if (ahead !== undefined) throw new Error(`the slot is at ${ahead.lsn}, ahead of the lake at ${newest.to}`);
  }

  /** A second warehouse, built from the lake alone, is equal too. */
  async #rebuiltElsewhere(): Promise<void> {
    const warehouse = `${this.#stage.pipeline.warehouse}-elsewhere`;
    await using _compactor = this.#stage.pipeline.start(['compact', '--sql-port', '0', '--warehouse', warehouse]);
    await this.#checks.compare(this.#patienceMs, warehouse);
  }
}
