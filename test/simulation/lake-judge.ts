import type { ProofPolicy } from '../../lake/bases/counts.ts';
import type { SweepPolicy } from '../../lake/retention/sweep-policy.ts';
import { oidOf, tableId as tableIdOf } from '../../core/table.ts';
import { PIN_PREFIX, tableFactsKey } from '../../lake/keys.ts';
import { manifestHash } from '../../lake/manifest.ts';
import type { Manifest } from '../../lake/manifest.ts';
import { EarlyJudge } from './early-judge.ts';
import { JudgedHistory, isContinued } from './judged-history.ts';
import type { DecidedBatch } from './judged-history.ts';
import { decodeChanges } from './model-rows.ts';
import { PinJudge } from './pin-judge.ts';
import { readerNeeds } from './reader-needs.ts';
import type { ReaderNeeds } from './reader-needs.ts';
import { newestRestorePoint, readBase } from './restore-points.ts';
import type { JudgedObjects, RestorePoint } from './restore-points.ts';
import { SmallJudge } from './small-judge.ts';
import type { SimulatedSource } from './simulated-source.ts';

/**
 * Knows the source, and sees each object at the moment at which it is stored or deleted. Its
 * history is that of the first manifest of each number. It notes what must never happen.
 */
export class LakeJudge {
  readonly #source: SimulatedSource;
  readonly #policy: SweepPolicy;
  readonly #wrongs: string[];
  /** The batches that count. */
  readonly history: JudgedHistory;
  /** By path of a data object of the stream: its table and batch. */
  readonly #named = new Map<string, { readonly tableId: string; readonly number: number }>();
  /** By table that was dropped: the batch that says so. */
  readonly #ended = new Map<string, number>();
  #needsAtLook: ReaderNeeds = new Map();
  /** What goes too early. */
  readonly early: EarlyJudge;
  /** What pins need. */
  readonly pins: PinJudge;
  /** Requests and facts. */
  readonly small: SmallJudge;
  /** Keys of the facts of the newest batch. */
  #facts: ReadonlySet<string> = new Set();

  constructor(source: SimulatedSource, policy: SweepPolicy, wrongs: string[], history = new JudgedHistory(source)) {
    this.#source = source;
    this.history = history;
    this.#policy = policy;
    this.#wrongs = wrongs;
    this.early = new EarlyJudge(policy, (what) => this.#wrong(what));
    this.pins = new PinJudge(this, wrongs);
    this.small = new SmallJudge(this, wrongs);
  }

  /** Knows the same of another source that has the same log. */
  copy(source: SimulatedSource, wrongs: string[]): LakeJudge {
    const copied = new LakeJudge(source, this.#policy, wrongs, this.history.copy(source));
    for (const [path, of] of this.#named) copied.#named.set(path, of);
    for (const [tableId, number] of this.#ended) copied.#ended.set(tableId, number);
    copied.#needsAtLook = this.#needsAtLook;
    copied.#facts = this.#facts;
    copied.early.know(this.early);
    return copied;
  }

  /** What a base needs before it counts. */
  get proof(): ProofPolicy {
    return this.#policy.baseProof;
  }

  /** Tables that the source has, or had. */
  get tableIds(): readonly string[] {
    return this.#source.everyTableId;
  }

  /** Number of the newest manifest. */
  get last(): number {
    return this.history.last;
  }

  /** A batch that counts; undefined: there is none of that number. */
  decided(number: number): DecidedBatch | undefined {
    return this.history.at(number);
  }

  /** Whether a batch that counts names the data object. */
  isNamed(path: string): boolean {
    return this.#named.has(path);
  }

  /** Whether the newest batch names these facts. */
  namesFacts(key: string): boolean {
    return this.#facts.has(key);
  }

  /** A manifest was stored under a number that was free in the store. */
  manifestStored(key: string, number: number, { bytes, objects }: { bytes: Uint8Array; objects: JudgedObjects }): void {
    if (number <= this.last) return;
    const manifest = objects.json(key) as Manifest;
    const before = this.decided(number - 1);
    if (number !== this.last + 1 || manifest.previous !== before?.hash) this.#wrong(`${key} does not continue the history`);
    this.#facts = new Set(factsKeys(manifest, objects));
    for (const named of [...manifest.files.map(({ path }) => path), ...this.#facts])
      if (objects.peek(named) === null) this.#wrong(`${key} names ${named}, which is not there`);
    const { begun, commits } = this.history.add(manifestHash(bytes), manifest);
    for (const { path, tableId } of manifest.files) this.#named.set(path, { tableId, number });
    for (const { kind, tableId } of manifest.catalog) if (kind === 'dropped') this.#ended.set(tableId, number);
    this.#judgeRows(key, manifest, { begun, commits, objects });
  }

  /** A writer was told that its manifest is stored. */
  appended(manifest: Manifest, hash: string): void {
    if (this.decided(manifest.number)?.hash !== hash)
      this.#wrong(`manifest ${manifest.number} was said to be stored, and another one counts`);
  }

  /** A page was stored: it must have the manifests that count. */
  pageStored(key: string, { first, lines }: { first: number; lines: readonly (Uint8Array | null)[] }): void {
    for (const [index, line] of lines.entries()) {
      const decided = this.decided(first + index);
      if (line === null || decided === undefined || manifestHash(line) !== decided.hash)
        this.#wrong(`${key} has another manifest ${first + index}`);
    }
  }

  /** A single manifest was deleted. `page`: whether its page is there. */
  singleDeleted(number: number, page: boolean): void {
    if (!page) this.#wrong(`manifest ${number} was deleted, and no page has it`);
  }

  /** A sweeper has stored a look. */
  looked(objects: JudgedObjects): void {
    this.#needsAtLook = readerNeeds(objects);
  }

  /**
   * A position or an expiry was stored. A reader that no longer waits, or that needed less at any
   * moment since the look, has to read the floors again.
   */
  readersChanged(objects: JudgedObjects): void {
    const needs = new Map<string, number>();
    for (const [reader, now] of readerNeeds(objects)) {
      const before = this.#needsAtLook.get(reader);
      if (before !== undefined) needs.set(reader, Math.max(before, now));
    }
    this.#needsAtLook = needs;
  }

  /** A base was finished or proven. */
  based(of: { tableId: string; n: number }, objects: JudgedObjects): void {
    const base = readBase(objects, of, this.proof);
    if (base !== null) this.#judgePoint(of.tableId, base, `base ${of.n} of ${of.tableId} counts, and`);
  }

  /** A data object, or a record that names one, was deleted. */
  deleted(key: string, tableId: string, objects: JudgedObjects): void {
    const batch = this.#named.get(key);
    if (batch !== undefined) this.#judgeNeeds(key, batch, objects);
    if (batch !== undefined) this.early.deleted(key, batch.number);
    if (batch !== undefined || !key.startsWith('data/')) this.judgeTable(tableId, objects, `after ${key} was deleted,`);
  }

  /**
   * A fresh reader can build the table from what is in the lake, unless it was dropped long ago.
   */
  judgeTable(tableId: string, objects: JudgedObjects, when: string): void {
    const end = this.#endOf(tableId, objects);
    if (end === 0 || (end !== undefined && this.early.isOld(end))) return;
    const point = newestRestorePoint(objects, tableId, this.proof);
    const begun = point === null ? 0 : this.#judgePoint(tableId, point, when);
    for (let number = begun + 1; number <= this.last; number += 1)
      for (const { path } of this.decided(number)?.manifest.files.filter((file) => file.tableId === tableId) ?? [])
        if (objects.peek(path) === null) this.#wrong(`${when} ${path} of batch ${number} is missing beyond ${point?.key ?? 'no copy'}`);
  }

  /**
   * Named data of tables that were dropped, or live in a later epoch, up to a batch. Nothing but a
   * pin may keep it for long.
   */
  keptOfEnded(upTo: number, objects: JudgedObjects): string[] {
    if (objects.keys(PIN_PREFIX).length > 0) return [];
    const isEnded = (tableId: string): boolean => this.#ended.has(tableId) || isContinued(tableId, objects);
    const ended = this.tableIds.filter((tableId) => isEnded(tableId) && (this.#endOf(tableId, objects) ?? 0) <= upTo);
    return ended.flatMap((tableId) => objects.keys(`data/${tableId}/`).filter((key) => this.isNamed(key)));
  }

  /** The batch from which on a table needs nothing; undefined: there is none. */
  #endOf(tableId: string, objects: JudgedObjects): number | undefined {
    return this.#ended.get(tableId) ?? this.history.endOfEpoch(tableId, objects);
  }

  /**
   * A warehouse shows a table as of the end of a batch. After a failover that lost positions of an
   * idle log, a copy may be ahead of the batch though its point is below the batch's end.
   */
  shown(who: string, table: { tableId: string; content: string; point: number }, number: number): void {
    const expected = this.contentAt(table.tableId, { point: table.point, number });
    if (table.content !== expected) this.#wrong(`${who} shows "${table.content}" for ${table.tableId} at ${number}, not "${expected}"`);
  }

  /** What a table with a copy at a point has to have at the end of a batch. */
  contentAt(tableId: string, { point, number }: { point: number; number: number }): string {
    return this.#source.contentAt(tableId, Math.max(this.history.upTo(point), this.history.commitsAt(tableId, number)));
  }

  /** Judges the content; returns the last batch that it makes needless. */
  #judgePoint(tableId: string, { key, content, manifest, hash, point }: RestorePoint, when: string): number {
    const commits = Math.max(this.history.upTo(point), manifest === null ? 0 : this.history.commitsAt(tableId, manifest));
    const expected = this.#source.contentAt(tableId, commits);
    if (content === null) this.#wrong(`${when} ${key} is not whole`);
    else if (content !== expected) this.#wrong(`${when} ${key} has "${content}", not "${expected}"`);
    if (manifest !== null && hash !== this.decided(manifest)?.hash) this.#wrong(`${when} ${key} is of another history`);
    return manifest ?? this.history.lastWithin(tableId, commits);
  }

  /** Who registered before the look, and still needs the batch, must find it. */
  #judgeNeeds(key: string, { tableId, number }: { tableId: string; number: number }, objects: JudgedObjects): void {
    for (const [reader, manifest] of readerNeeds(objects)) {
      const before = this.#needsAtLook.get(reader);
      if (reader.endsWith(` ${tableId}`) && manifest < number && before !== undefined && before < number)
        this.#wrong(`${key} of batch ${number} was deleted, which ${reader} needs beyond ${manifest}`);
    }
  }

  /** Each table's files have exactly the changes of the batch's commits. */
  #judgeRows(
    key: string,
    manifest: Manifest,
    { begun, commits, objects }: { begun: number; commits: number; objects: JudgedObjects },
  ): void {
    const expected = this.#source.commits.slice(begun, commits);
    const oids = new Set(expected.flatMap(({ changes }) => changes.map(({ oid }) => oid)));
    for (const tableId of new Set([
      ...manifest.files.map((file) => file.tableId),
      ...[...oids].map((oid) => tableIdOf(oid, manifest.epoch)),
    ])) {
      const files = manifest.files.filter((file) => file.tableId === tableId);
      const stored = files.flatMap(({ path }) => decodeChanges(objects.peek(path) ?? Buffer.from('[]')));
      const changes = expected.flatMap((commit) => commit.changes.filter(({ oid }) => oid === oidOf(tableId)));
      const [one, other] = [stored, changes].map((list) => list.map(({ lsn, key: row, value }) => `${lsn} ${row}=${value}`).join());
      if (one !== other) this.#wrong(`${key} has "${one}" of ${tableId}, not "${other}" as the source had`);
    }
    const events = manifest.catalog.filter(({ kind }) => kind !== 'published');
    if (events.map(({ reason }) => reason).join() !== expected.flatMap(({ fact }) => fact?.reason ?? []).join())
      this.#wrong(`${key} has other events than the source had`);
  }

  /** The lake has the next epoch. */
  epochBegan(epoch: number): void {
    this.#source.began(epoch);
  }

  #wrong(what: string): void {
    this.#wrongs.push(what);
  }
}

/** Keys of the facts that a manifest names, and of each table's that these name. */
function factsKeys({ facts }: Manifest, objects: JudgedObjects): string[] {
  if (facts === undefined) return [];
  const index = objects.json(facts) as { readonly tables?: Readonly<Record<string, string>> } | null;
  return [facts, ...Object.entries(index?.tables ?? {}).map(([tableId, name]) => tableFactsKey(tableId, name))];
}
