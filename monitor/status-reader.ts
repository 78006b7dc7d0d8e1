import { describeError, TailraceError } from '../core/errors.ts';
import type { FreshnessContract } from '../core/freshness-contract.ts';
import { formatLsn } from '../core/lsn.ts';
import type { Log } from '../core/log.ts';
import { isoTime, moment, systemTime } from '../core/time.ts';
import type { Moment, Time } from '../core/time.ts';
import { isRecentLook, NO_FEATURES } from '../lake/format/format.ts';
import { requireSameSource } from '../lake/lake-identity.ts';
import type { LakeInfo } from '../lake/lake-identity.ts';
import { ListedBases } from '../lake/bases/newest-bases.ts';
import { LakeStandingReading } from '../lake/retention/lake-standing.ts';
import { readEpochs } from '../lake/epoch.ts';
import type { EpochInfo } from '../lake/epoch.ts';
import { ManifestLog } from '../lake/manifest-log.ts';
import type { StoredManifest } from '../lake/manifest.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import type { Position, TablePosition } from '../lake/readers.ts';
import { SameLake } from '../lake/same-lake.ts';
import { SnapshotLog } from '../lake/snapshot-log.ts';
import type { CopyProgress } from '../lake/snapshot-log.ts';
import { connect } from '../postgres/session/connect.ts';
import type { SourceOptions, SqlConnection } from '../postgres/session/connect.ts';
import { readPublications } from '../postgres/publication/publication.ts';
import { releaseSlot } from '../postgres/slot/release-slot.ts';
import { readReach } from '../postgres/slot/read-reach.ts';
import { readSlot } from '../postgres/slot/slot.ts';
import { readHealth } from '../postgres/slot/source-health.ts';
import { identifySystem } from '../postgres/session/system.ts';
import { matchNamed } from '../core/table-glob.ts';
import { oidOf } from '../core/table.ts';
import { getAlerts } from '../lake/alert-record.ts';
import { Pauses } from '../lake/pauses.ts';
import type { Pause } from '../lake/pauses.ts';
import { getModels } from '../lake/models-report.ts';
import type { ModelsReport } from '../lake/models-report.ts';
import { readChoice } from '../lake/choice.ts';
import type { Choice } from '../lake/choice.ts';
import { chosenTables, troubledTables } from './chosen-tables.ts';
import type { ChosenTable } from './chosen-tables.ts';
import { freshnessSeconds, laterTime } from './freshness.ts';
import { Silence } from './silence.ts';
import { probeLake } from './probe-lake.ts';
import { isOutdated, readPosition } from '../lake/warehouse-position.ts';
import type { WarehouseChoice } from '../lake/warehouse-position.ts';
import { SourceClock } from './source-clock.ts';
import { StreamProof } from './stream-proof.ts';
import { composeStatus, expectedSeconds } from './status.ts';
import type { SourceFacts } from './source-facts.ts';
import type { StatusReport } from './status.ts';
import { WalTrend } from './wal-trend.ts';

export interface StatusReaderOptions {
  readonly source: SourceOptions;
  readonly store: ObjectStore;
  readonly warehouse: WarehouseChoice;
  /** Globs: other tables are left out of the report. */
  readonly tables: readonly string[] | null;
  readonly slaMs: number;
  readonly contract: FreshnessContract;
  readonly heartbeatMs: number;
  /** As configured: `7d`, `forever`. */
  readonly retention: string;
  /** WAL that the source may keep for tailrace; null: half of the room that is known. */
  readonly walBudgetBytes: number | null;
  /**
   * Whether it tries to write to the lake when nothing arrives there. This tells a store that
   * rejects writes from a replicator that is down.
   */
  readonly probesLake: boolean;
  readonly log: Log;
  readonly time?: Time;
}

/**
 * Reads source, lake and warehouse repeatedly over one connection. It keeps facts that cannot
 * change.
 */
export class StatusReader implements AsyncDisposable {
  readonly #options: StatusReaderOptions;
  readonly #time: Time;
  readonly #sourceClock: SourceClock;
  readonly #silence = new Silence();
  readonly #same: SameLake;
  readonly #manifests: ManifestLog;
  readonly #snapshots: SnapshotLog;
  readonly #trend = new WalTrend();
  readonly #proof = new StreamProof();
  readonly #pauses: Pauses;
  readonly #bases: ListedBases;
  readonly #standing: LakeStandingReading;
  #connection: SqlConnection | null = null;
  #lake: LakeInfo | null = null;
  #lookedAt: Moment | null = null;
  #epochs: readonly EpochInfo[] = [];
  #manifest: StoredManifest | null = null;
  #position: Position | null = null;
  #paused: readonly Pause[] = [];
  #models: ModelsReport | null = null;
  #choice: Choice | null = null;
  #factsOfChoice: string | null = null;
  #tables: readonly ChosenTable[] = [];
  /** Why the source did not answer the last look; null: it answered. */
  silence: unknown = null;

  constructor(options: StatusReaderOptions) {
    this.#options = options;
    this.#time = options.time ?? systemTime;
    this.#sourceClock = new SourceClock(this.#time);
    this.#same = new SameLake(options.store);
    this.#manifests = new ManifestLog(options.store, options.log);
    this.#snapshots = new SnapshotLog(options.store);
    this.#pauses = new Pauses(options.store);
    this.#standing = new LakeStandingReading(options.store);
    this.#bases = new ListedBases(options.store, this.#manifests);
  }

  /**
   * The report for a single request. While the source does not answer, it has what the lake knows.
   * Throws LAKE_…, LAKE_OF_ANOTHER_SOURCE, and NO_SUCH_TABLE for a glob that matches no table.
   */
  async read(): Promise<StatusReport> {
    const lake = await this.#readLake();
    const source = await this.#readSource(lake).catch(silent);
    const report = await this.#compose(source);
    matchNamed(this.#options.tables, report.tables);
    return source === null ? { ...report, notes: [...report.notes, ...(await this.#alerts())] } : report;
  }

  /**
   * The report even when the source does not answer; its clock is then extrapolated. Throws when
   * the lake does not answer.
   */
  async readWhatAnswers(): Promise<StatusReport> {
    const lake = await this.#readLake();
    return this.#compose(await this.#readSource(lake).catch(() => null));
  }

  /**
   * Drops the slot, so the source no longer keeps WAL for it. Returns its name; null when there is
   * no slot to drop.
   */
  async release(): Promise<string | null> {
    const slot = this.#epoch?.slot ?? null;
    if (slot === null || this.#connection === null) return null;
    await releaseSlot(this.#connection, slot);
    return slot;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection?.close().catch(() => undefined);
    this.#connection = null;
  }

  get #epoch(): EpochInfo | null {
    return this.#epochs.at(-1) ?? null;
  }

  async #readLake(): Promise<LakeInfo> {
    // A volume may be unmounted, so it is checked every time; on S3 a check costs money.
    const remote = this.#options.store.location.kind === 's3';
    if (!remote || !isRecentLook(this.#lookedAt, this.#time)) {
      this.#lookedAt = moment(this.#time);
      this.#lake = await this.#same.open(null);
    }
    const lake = this.#lake ?? (await this.#same.open(null));
    this.#epochs = await readEpochs(this.#options.store, this.#epochs);
    this.#manifest = await this.#manifests.newest(this.#manifest);
    const facts = this.#manifest?.facts ?? null;
    if (facts !== this.#factsOfChoice) this.#choice = await readChoice(this.#options.store, this.#manifest);
    this.#factsOfChoice = facts;
    const position = await readPosition(this.#options.store, this.#options.warehouse);
    this.#position = position === null ? null : { ...position, tables: matchNamed(this.#options.tables, position.tables, true) };
    this.#paused = await this.#pauses.now(moment(this.#time));
    this.#models = position === null ? null : await getModels(this.#options.store, position.warehouseId);
    return lake;
  }

  async #readSource(lake: LakeInfo): Promise<SourceFacts> {
    try {
      this.silence = null;
      this.#connection ??= await connect(this.#options.source, { role: 'sql' });
      const system = await identifySystem(this.#connection);
      requireSameSource(lake, system);
      this.#sourceClock.set(system.serverTimeMs);
      const chosen = await chosenTables(this.#connection, {
        name: lake.name,
        choice: this.#choice,
        tables: this.#options.tables,
        copied: this.#copied(),
        now: isoTime(this.#time.wall()),
      });
      this.#tables = matchNamed(this.#options.tables, chosen, true);
      const slot = this.#epoch === null ? null : await readSlot(this.#connection, this.#epoch.slot);
      const pid = slot?.activePid ?? null;
      const sender =
        pid === null ? null : await readReach(this.#connection, { pid, end: system.insertLsn, lakeSeconds: this.#lakeSeconds() });
      this.#proof.look({ lsn: system.insertLsn, atMs: system.serverTimeMs }, sender?.written, await this.#allApplied());
      if (slot?.retainedBytes != null) this.#trend.add({ atMs: this.#time.elapsed(), retainedBytes: slot.retainedBytes });
      const outlook = this.#trend.outlook(slot?.safeWalBytes ?? null);
      const publications = (await readPublications(this.#connection, lake.name)).length;
      const health = await readHealth(this.#connection, slot?.name ?? null);
      return { lsn: formatLsn(system.flushLsn), sender, outlook, slot, health, publications, tables: this.#tables };
    } catch (error) {
      this.silence = error;
      await this[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** How old the newest commit in the lake is, or what the stream proves; null: unknown. */
  #lakeSeconds(): number | null {
    return freshnessSeconds(laterTime(this.#manifest?.commitTimes?.[1] ?? null, this.#proof.lakeMs), this.#sourceClock.nowMs());
  }

  /** Whether all that the lake has by now was applied, as the warehouse has said before. */
  async #allApplied(): Promise<boolean> {
    const position = this.#position;
    if (position === null || position.ahead === true) return false;
    this.#manifest = await this.#manifests.newest(this.#manifest);
    return position.manifest === this.#manifest?.number;
  }

  /** Alerts that the monitor recorded last, for a reader that cannot reach the source. */
  async #alerts(): Promise<string[]> {
    const { active } = await getAlerts(this.#options.store, this.#options.warehouse.id);
    return active.map(({ kind, since, summary }) => `alert ${kind} since ${since}: ${summary}`);
  }

  async #compose(source: SourceFacts | null): Promise<StatusReport> {
    const position = this.#position;
    if (source === null && this.#tables.length === 0) this.#tables = matchNamed(this.#options.tables, troubledTables(this.#choice), true);
    return composeStatus({
      source,
      silence: this.silence === null ? null : describeError(this.silence),
      lastTables: this.#tables,
      slotName: this.#epoch?.slot ?? null,
      epoch: this.#epoch?.epoch ?? 0,
      format: this.#lake?.format ?? NO_FEATURES,
      manifest: this.#manifest,
      lakeRefuses: await this.#lakeRefuses(),
      position,
      paused: this.#paused,
      bases: await this.#bases.read(this.#time.elapsed()),
      standing: await this.#standing.read(this.#time.elapsed()),
      retention: this.#options.retention,
      proven: this.#proof,
      models: this.#models,
      copying: await this.#copying(position),
      slaMs: this.#options.slaMs,
      contract: this.#options.contract,
      heartbeatMs: this.#options.heartbeatMs,
      walBudgetBytes: this.#options.walBudgetBytes,
      compactorSilentMs: position === null ? null : this.#silence.silentMs(position.trouble?.at ?? position.at, moment(this.#time)),
      nowMs: this.#sourceClock.nowMs(),
      clockOffsetMs: this.#sourceClock.offsetMs(),
    });
  }

  /** Tables whose copy has begun. */
  #copied(): ReadonlySet<number> {
    const epoch = this.#epoch?.epoch ?? 0;
    const begun = (this.#position?.tables ?? []).filter((table) => !NOT_BEGUN.has(table.state) && !isOutdated(table, epoch));
    return new Set(begun.map(({ tableId }) => oidOf(tableId)));
  }

  /** Tried only when something is late: a write costs money on S3. */
  async #lakeRefuses(): Promise<string | null> {
    const { probesLake, store, warehouse, heartbeatMs } = this.#options;
    const seconds = this.#lakeSeconds();
    if (!probesLake || seconds === null || seconds <= expectedSeconds(heartbeatMs)) return null;
    return probeLake(store, warehouse.id, this.#time.wall());
  }

  /**
   * Includes finished copies: their tables must not show as waiting until the compactor has seen
   * the copy. Read only while some table has not arrived: a listing costs money on S3.
   */
  async #copying(position: Position | null): Promise<ReadonlyMap<string, CopyProgress>> {
    const epoch = this.#epoch?.epoch ?? 0;
    const arrived = new Set(
      (position?.tables ?? []).filter((table) => !COMING.has(table.state) && !isOutdated(table, epoch)).map(({ table }) => table),
    );
    if (this.#tables.every(({ table }) => arrived.has(table))) return new Map();
    const copies = await this.#snapshots.progress();
    return new Map(copies.filter(({ plan }) => plan.epoch === epoch).map((copy) => [copy.plan.table, copy]));
  }
}

const NOT_BEGUN: ReadonlySet<TablePosition['state']> = new Set(['waiting', 'dropped']);

/** Null for a source that does not answer now. Any other error is the caller's and is thrown. */
function silent(error: unknown): null {
  if (error instanceof TailraceError && error.code.startsWith('SOURCE_')) return null;
  throw error;
}

/** States in which a table waits for its copy or is copied. */
const COMING: ReadonlySet<TablePosition['state']> = new Set(['waiting', 'copying']);
