import { parseLsn } from '../../core/lsn.ts';
import { epochOf, oidOf } from '../../core/table.ts';
import { parseSnapshotKey } from '../../lake/keys.ts';
import type { Manifest } from '../../lake/manifest.ts';
import type { JudgedObjects, RestorePoint } from './restore-points.ts';
import type { SimulatedSource } from './simulated-source.ts';

/** A batch of the history that counts. */
export interface DecidedBatch {
  readonly hash: string;
  readonly manifest: Manifest;
  /** How many commits of the source are in this batch, and in those or gaps before it. */
  readonly commits: number;
}

/** Numbers of the last batches that something makes needless. */
export interface Coverage {
  readonly byEnd: number;
  readonly byCommits: number;
}

/** The batches that count, and which commits of the source they are. */
export class JudgedHistory {
  readonly #source: SimulatedSource;
  readonly #decided: DecidedBatch[];

  constructor(source: SimulatedSource, decided: readonly DecidedBatch[] = []) {
    this.#source = source;
    this.#decided = [...decided];
  }

  /** The same of another source that has the same log. */
  copy(source: SimulatedSource): JudgedHistory {
    return new JudgedHistory(source, this.#decided);
  }

  /** Number of the newest batch. */
  get last(): number {
    return this.#decided.length;
  }

  /** A batch that counts; undefined: there is none of that number. */
  at(number: number): DecidedBatch | undefined {
    return this.#decided[number - 1];
  }

  /** The next batch counts; returns how many commits are before it, and with it. */
  add(hash: string, manifest: Manifest): { readonly begun: number; readonly commits: number } {
    const before = this.at(this.last);
    const begun = before?.manifest.epoch === manifest.epoch ? before.commits : this.upTo(Number(parseLsn(manifest.from)));
    const anchor = manifest.anchor == null ? null : Number(parseLsn(manifest.anchor.lsn));
    const commits = anchor === null ? begun : this.#source.commits.findIndex(({ lsn }) => lsn === anchor) + 1;
    this.#decided.push({ hash, manifest, commits });
    return { begun, commits };
  }

  /** Facts about tables in the batches up to a number, in order. */
  events(upTo: number): string[] {
    return this.#decided.slice(0, upTo).flatMap(({ manifest }) => manifest.catalog.flatMap(({ reason }) => reason ?? []));
  }

  /** How many commits are wholly below a point. */
  upTo(point: number): number {
    return this.#source.commits.filter(({ end }) => end <= point).length;
  }

  /** How many commits a table has got by the batches up to a number: none of another epoch. */
  commitsAt(tableId: string, number: number): number {
    const epoch = epochOf(tableId);
    let at = number;
    while ((this.at(at)?.manifest.epoch ?? 0) > epoch) at -= 1;
    const batch = this.at(at);
    return batch?.manifest.epoch === epoch ? batch.commits : 0;
  }

  /** The last batch with nothing for a table that has these commits. */
  lastWithin(tableId: string, commits: number): number {
    const epoch = epochOf(tableId);
    const isWithin = ({ manifest, ...batch }: DecidedBatch): boolean =>
      manifest.epoch < epoch || (manifest.epoch === epoch && batch.commits <= commits);
    return this.#decided.filter(isWithin).length;
  }

  /**
   * The last batch that a copy or base makes needless: by the end of batches, as sweepers have it,
   * and by their commits. After a failover the second may be later. null: the log has not passed
   * the point of the copy.
   */
  coveredBy(tableId: string, { manifest, point }: Pick<RestorePoint, 'manifest' | 'point'>): Coverage | null {
    if (manifest !== null) return { byEnd: manifest, byCommits: manifest };
    const epoch = epochOf(tableId);
    const isBeyond = ({ manifest: of }: DecidedBatch): boolean =>
      of.epoch > epoch || (of.epoch === epoch && parseLsn(of.to) > BigInt(point));
    const byEnd = this.#decided.findIndex(isBeyond);
    return byEnd < 0 ? null : { byEnd, byCommits: this.lastWithin(tableId, this.upTo(point)) };
  }

  /**
   * The last batch of a table's epoch, once nobody begins with it any more: a later epoch has a
   * whole copy of the table, or the source has dropped it since. undefined: somebody does.
   */
  endOfEpoch(tableId: string, objects: JudgedObjects): number | undefined {
    const epoch = epochOf(tableId);
    if (epoch >= this.#source.epoch) return undefined;
    if (!isContinued(tableId, objects) && this.#source.has(oidOf(tableId))) return undefined;
    return this.#decided.filter(({ manifest }) => manifest.epoch <= epoch).length;
  }
}

/** Whether a later epoch has a whole copy of the table. */
export function isContinued(tableId: string, objects: JudgedObjects): boolean {
  return objects.keys(`snapshot/${oidOf(tableId)}_`).some((key) => {
    const of = parseSnapshotKey(key);
    return of?.kind === 'done' && epochOf(of.tableId) > epochOf(tableId);
  });
}
