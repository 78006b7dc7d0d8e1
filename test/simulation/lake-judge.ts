import { parseLsn } from '../../core/lsn.ts';
import { manifestHash } from '../../lake/manifest.ts';
import type { Manifest } from '../../lake/manifest.ts';
import { decodeChanges } from './model-rows.ts';
import type { SimulatedSource } from './simulated-source.ts';
import { TABLE_IDS } from './simulated-source.ts';

/** A batch of the history that counts. */
export interface DecidedBatch {
  readonly hash: string;
  readonly manifest: Manifest;
  /** How many commits of the source are in this batch and those before it. */
  readonly commits: number;
}

/** The objects that the judge looks at. */
export interface JudgedObjects {
  /** Content of an object; null: there is none. */
  peek(key: string): Uint8Array | null;
}

/**
 * Knows the source, and sees each object at the moment at which it is stored or deleted. Its
 * history is that of the first manifest of each number. It notes what must never happen.
 */
export class LakeJudge {
  readonly #source: SimulatedSource;
  readonly #wrongs: string[];
  readonly #decided: DecidedBatch[] = [];

  constructor(source: SimulatedSource, wrongs: string[]) {
    this.#source = source;
    this.#wrongs = wrongs;
  }

  /** Number of the newest manifest. */
  get last(): number {
    return this.#decided.length;
  }

  /** A batch that counts; undefined: there is none of that number. */
  decided(number: number): DecidedBatch | undefined {
    return this.#decided[number - 1];
  }

  /** A manifest was stored under a number that was free in the store. */
  manifestStored(key: string, number: number, { bytes, objects }: { bytes: Uint8Array; objects: JudgedObjects }): void {
    if (number <= this.last) return;
    const manifest = JSON.parse(Buffer.from(bytes).toString()) as Manifest;
    const before = this.decided(number - 1);
    if (number !== this.last + 1 || manifest.previous !== before?.hash) this.#wrong(`${key} does not continue the history`);
    for (const named of [...manifest.files.map(({ path }) => path), ...(manifest.facts === undefined ? [] : [manifest.facts])])
      if (objects.peek(named) === null) this.#wrong(`${key} names ${named}, which is not there`);
    const begun = before?.commits ?? 0;
    const anchor = manifest.anchor == null ? null : Number(parseLsn(manifest.anchor.lsn));
    const commits = this.#source.commits.findIndex(({ lsn }) => lsn === anchor) + 1;
    this.#decided.push({ hash: manifestHash(bytes), manifest, commits });
    this.#judgeRows(key, manifest, { begun, commits, objects });
  }

  /** A writer was told that its manifest is stored. */
  appended(manifest: Manifest, hash: string): void {
    if (this.decided(manifest.number)?.hash !== hash)
      this.#wrong(`manifest ${manifest.number} was said to be stored, and another one counts`);
  }

  /** A warehouse shows a table as of the end of a batch. */
  shown(who: string, table: { tableId: string; content: string }, number: number): void {
    const expected = this.#source.contentAt(table.tableId, this.decided(number)?.commits ?? 0);
    if (table.content !== expected) this.#wrong(`${who} shows "${table.content}" for ${table.tableId} at ${number}, not "${expected}"`);
  }

  /** Facts about tables in the batches up to a number, in order. */
  events(upTo: number): string[] {
    return this.#decided.slice(0, upTo).flatMap(({ manifest }) => manifest.catalog.map(({ reason }) => reason ?? ''));
  }

  /** Each table's files have exactly the changes of the batch's commits. */
  #judgeRows(
    key: string,
    manifest: Manifest,
    { begun, commits, objects }: { begun: number; commits: number; objects: JudgedObjects },
  ): void {
    const expected = this.#source.commits.slice(begun, commits);
    for (const tableId of TABLE_IDS) {
      const files = manifest.files.filter((file) => file.tableId === tableId);
      const stored = files.flatMap(({ path }) => decodeChanges(objects.peek(path) ?? Buffer.from('[]')));
      const changes = expected.flatMap((commit) => commit.changes.filter((change) => change.tableId === tableId));
      const [one, other] = [stored, changes].map((list) => list.map(({ lsn, key: row, value }) => `${lsn} ${row}=${value}`).join());
      if (one !== other) this.#wrong(`${key} has "${one}" of ${tableId}, not "${other}" as the source had`);
    }
    if (manifest.catalog.map(({ reason }) => reason).join() !== expected.flatMap(({ event }) => (event === null ? [] : [event])).join())
      this.#wrong(`${key} has other events than the source had`);
  }

  #wrong(what: string): void {
    this.#wrongs.push(what);
  }
}
