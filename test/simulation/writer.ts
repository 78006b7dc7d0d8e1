import { hash } from 'node:crypto';
import { TailraceError } from '../../core/errors.ts';
import { formatLsn, parseLsn } from '../../core/lsn.ts';
import { moment } from '../../core/time.ts';
import { tableId as tableIdOf } from '../../core/table.ts';
import { dataKey } from '../../lake/keys.ts';
import type { CatalogEvent, FileEntry, Manifest } from '../../lake/manifest.ts';
import type { ManifestLog } from '../../lake/manifest-log.ts';
import { UnnamedFiles } from '../../lake/unnamed-files.ts';
import { Acker } from '../../replicator/acker.ts';
import { FactsStore, factsOfLast } from '../../replicator/catalog/facts-store.ts';
import { encodeFacts } from '../../replicator/catalog/stored-facts.ts';
import type { FactsObject } from '../../replicator/catalog/stored-facts.ts';
import { Publisher } from '../../replicator/publish.ts';
import type { PublisherOptions } from '../../replicator/publish.ts';
import type { Batch } from '../../replicator/rows/open-batch.ts';
import { NO_RULES } from '../support/no-rules.ts';
import { epochOfSession } from './epoch-start.ts';
import { streamOf, tableName } from './lake-parts.ts';
import { encodeChanges } from './model-rows.ts';
import { insist, rest } from './simulated-process.ts';
import type { Role, SimulatedProcess } from './simulated-process.ts';
import type { SourceCommit, SourceFact, SourceSession } from './simulated-source.ts';

/** After these a writer begins again at the newest manifest, as replicator/session.ts does. */
const AGAIN = ['FENCED', 'SOURCE_UNREACHABLE'];

/** What of a publisher's parts stores facts and manifests. */
export type Putting = Pick<PublisherOptions, 'manifests' | 'factsStore'>;

/**
 * Writes the lake by the product's Publisher: files, facts, then the manifest that names them. One
 * that is fenced begins again at the newest manifest, under another id. `putting`: how facts and
 * manifests are stored.
 */
export function writer(putting: (parts: Putting) => Putting): Role {
  return async (process) => {
    for (let life = 1; ; life += 1) {
      try {
        await new Session(process, writerId(process.name, life)).run(putting);
      } catch (error) {
        if (!(error instanceof TailraceError) || !AGAIN.includes(error.code)) throw error;
      }
    }
  };
}

/** As the product writes. */
export const write: Role = writer((parts) => parts);

/** An id as lake/writer.ts makes them, but the same for the same seed. */
export function writerId(process: string, life: number): string {
  return hash('sha256', `${process} ${life}`).slice(0, 16);
}

class Session {
  readonly #process: SimulatedProcess;
  readonly #id: string;
  readonly #unnamed: UnnamedFiles;
  /** By table: the last transaction that changed it, as far as this session knows. */
  readonly #changed = new Map<string, number>();
  #seq = 0;
  #epoch = 0;
  /** Tables that the next batch says are published. */
  #unsaid: readonly string[] = [];

  constructor(process: SimulatedProcess, id: string) {
    this.#process = process;
    this.#id = id;
    this.#unnamed = new UnnamedFiles(process.store, process.time);
  }

  async run(putting: (parts: Putting) => Putting): Promise<void> {
    const { store, time, world, wrong } = this.#process;
    const manifests = streamOf(this.#process);
    while (world.source.holder !== null && world.isAwake(world.source.holder)) await rest(this.#process);
    const session = world.source.connect(this.#process.name);
    try {
      const last = await insist(() => manifests.last());
      const factsStore = new FactsStore(store, { last, perTable: () => Promise.resolve(true) });
      const known = await insist(() => factsOfLast(store, manifests, last));
      if (known !== null && known.gone[0] !== last?.to) wrong(`manifest ${last?.number} has the facts of another one`);
      const epoch = await epochOfSession(this.#process, session, { last, timeline: known?.timeline ?? 1 });
      if (epoch === null) return;
      this.#epoch = epoch.epoch;
      const isFirst = last?.epoch !== epoch.epoch;
      if (isFirst) this.#unsaid = world.source.tableIds;
      const from = isFirst ? epoch.consistentPoint : last.to;
      const streamed = { to: Number(parseLsn(from)), timeline: isFirst ? epoch.timeline : (known?.timeline ?? 1) };
      world.source.start(session, streamed, wrong);
      const publisher = new Publisher({
        epoch: epoch.epoch,
        writerId: this.#id,
        last,
        anchor: isFirst ? null : (last.anchor ?? null),
        rules: NO_RULES,
        uploads: {
          unnamed: this.#unnamed,
          write: () => Promise.reject(new Error('all files were written while their transaction arrived')),
        },
        ...putting({ manifests: { append: (manifest) => this.#append(manifests, manifest) }, factsStore }),
        patience: { insist },
        acker: new Acker(BigInt(session.position), time.elapsed(), 10_000),
        time,
        acknowledge: (lsn) => world.source.acknowledge(session, Number(lsn)),
      });
      for (;;) await this.#publish(publisher, session);
    } finally {
      world.source.disconnect(session);
      await this.#unnamed.close();
    }
  }

  async #append(manifests: ManifestLog, manifest: Manifest): Promise<string> {
    const stored = await manifests.append(manifest);
    this.#process.world.judge.appended(manifest, stored);
    this.#process.progress();
    return stored;
  }

  async #publish(publisher: Publisher, session: SourceSession): Promise<void> {
    const { time, random, world } = this.#process;
    const from = session.position;
    const { commits, to } = world.source.read(session, random.between(0, 2));
    const opened = moment(time);
    const oids = new Set(commits.flatMap(({ changes }) => changes.map(({ oid }) => oid)));
    const written = [...oids].map((oid) => this.#write(oid, commits));
    await Promise.allSettled(written);
    await rest(this.#process, 30);
    const last = commits.at(-1);
    const batch: Batch = {
      from: BigInt(from),
      to: BigInt(to),
      commitTimesUs: null,
      written,
      parts: [],
      anchor: last === undefined ? null : { commitLsn: BigInt(last.lsn), commitTimeUs: 0n, xid: last.xid },
      catalog: [...this.#unsaid.map(publishedEvent), ...commits.flatMap(({ fact }) => (fact === null ? [] : [eventOf(fact, this.#epoch)]))],
      proofs: [],
      opened,
    };
    for (const { changes, xid } of commits) for (const { oid } of changes) this.#changed.set(tableIdOf(oid, this.#epoch), xid);
    this.#unsaid = [];
    await publisher.publish(batch, factsOf(session.timeline, formatLsn(BigInt(to)), this.#changed));
  }

  #write(oid: number, commits: readonly SourceCommit[]): Promise<FileEntry> {
    const tableId = tableIdOf(oid, this.#epoch);
    const changes = commits.flatMap((commit) => commit.changes.filter((change) => change.oid === oid));
    const path = dataKey(tableId, this.#id, (this.#seq += 1));
    const bytes = encodeChanges(changes);
    const stored = insist(() => this.#process.store.put(path, bytes));
    this.#unnamed.add(path, stored);
    const counts = { inserts: 0, updates: changes.length, deletes: 0, truncates: 0, unchanged: 0, keyChanges: 0 };
    const size = { rows: changes.length, bytes: bytes.length, checksum: 'crc32:00000000' };
    const [least, greatest] = [changes[0], changes.at(-1)].map((change) => formatLsn(BigInt(change?.lsn ?? 0)));
    const limits = least === undefined || greatest === undefined ? {} : { minCommitLsn: least, maxCommitLsn: greatest };
    return stored.then(() => ({ path, table: tableName(tableId), tableId, schema: 'a', ...size, ...counts, ...limits }));
  }
}

function eventOf({ kind, oid, reason }: SourceFact, epoch: number): CatalogEvent {
  const tableId = tableIdOf(oid, epoch);
  return { kind, table: tableName(tableId), tableId, reason };
}

/** A table that the writer has not known before. */
function publishedEvent(tableId: string): CatalogEvent {
  return { kind: 'published', table: tableName(tableId), tableId };
}

/**
 * What a writer knows: its timeline, where it stands, in a field of texts, and of each table its
 * last change, in another one.
 */
function factsOf(timeline: number, to: string, changed: ReadonlyMap<string, number>): FactsObject {
  const tables = [...changed].map(([tableId, xid]) => ({
    tableId,
    schema: 'a',
    maxAttnum: 0,
    storage: [],
    labels: {},
    versions: {},
    aheadTo: '0/0',
    truncatedBy: [xid],
  }));
  return encodeFacts({ timeline, publications: [], tables, gone: [to] });
}
