import type { NamedFiles } from '../../lake/retention/named-files.ts';
import type { SweepPolicy } from '../../lake/retention/sweep-policy.ts';

/** What the judge knows of a reader's news. */
interface News {
  /** When its last position was stored, by the store's clock. */
  readonly atMs: number;
  /** For how long it was without news, at most, since it was expired. */
  readonly silentMs: number;
}

/**
 * Judges by the clock of the store alone whether something goes too early. That clock may step, so
 * a time counts as passed if it was passed at any moment.
 */
export class EarlyJudge {
  readonly #policy: SweepPolicy;
  readonly #wrong: (what: string) => void;
  /** The greatest time that the store has shown. */
  #latestMs = Number.NEGATIVE_INFINITY;
  /** By number of a batch: when it was stored. */
  readonly #storedMs: number[] = [];
  readonly #news = new Map<string, News>();
  /** Data of batches that looks have listed, with the time of each. A copy has other times. */
  readonly #looks: { readonly data: NamedFiles; readonly atMs: number }[] = [];

  constructor(policy: SweepPolicy, wrong: (what: string) => void) {
    this.#policy = policy;
    this.#wrong = wrong;
  }

  /** Takes over all that another judge knows. */
  know(other: EarlyJudge): void {
    this.#latestMs = other.#latestMs;
    this.#storedMs.push(...other.#storedMs);
    for (const [reader, news] of other.#news) this.#news.set(reader, news);
    this.#looks.push(...other.#looks);
  }

  /** The store has dated an object. */
  dated(atMs: number): void {
    this.#latestMs = Math.max(this.#latestMs, atMs);
  }

  /** A batch was stored, alone or in a page. */
  batchStored(number: number, atMs: number): void {
    this.#storedMs[number] = Math.min(this.#storedMs[number] ?? Number.POSITIVE_INFINITY, atMs);
  }

  /** A look was stored. */
  looked(data: NamedFiles, atMs: number): void {
    this.#looks.push({ data, atMs });
  }

  /** Whether the retention of a batch is over. */
  isOld(number: number): boolean {
    // A later batch that is old enough says that the earlier ones are.
    const storedMs = Math.min(...this.#storedMs.slice(number));
    return this.#latestMs - storedMs >= (this.#policy.retentionMs('') ?? Number.POSITIVE_INFINITY);
  }

  /** Data that a batch names was deleted. */
  deleted(key: string, number: number): void {
    if (!this.isOld(number)) this.#wrong(`${key} of batch ${number} was deleted before its retention was over`);
    const isOver = this.#looks.some(({ data, atMs }) => this.#latestMs - atMs >= this.#policy.graceMs && data.has(key));
    if (!isOver) this.#wrong(`${key} of batch ${number} was deleted, and no look has listed it one grace before`);
  }

  /** A reader has stored its position. */
  heard(reader: string, atMs: number): void {
    this.#news.set(reader, { atMs, silentMs: this.#silentMs(reader) });
  }

  /** Whether a reader has ever stored a position. */
  hasHeard(reader: string): boolean {
    return this.#news.has(reader);
  }

  /** A reader was expired. */
  expired(reader: string): void {
    if (this.#silentMs(reader) <= this.#policy.readerTtlMs) this.#wrong(`${reader} was expired before its time was over`);
    const known = this.#news.get(reader);
    if (known !== undefined) this.#news.set(reader, { ...known, silentMs: 0 });
  }

  #silentMs(reader: string): number {
    const known = this.#news.get(reader);
    return known === undefined ? 0 : Math.max(known.silentMs, this.#latestMs - known.atMs);
  }
}
