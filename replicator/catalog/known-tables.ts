import { formatLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import { encodeTableFacts } from './stored-facts.ts';
import type { FactsObject, SourceFacts, TableFactsObject } from './stored-facts.ts';
import type { TableFacts } from './table-facts.ts';

/** How many truncates of one table are remembered. */
const TRUNCATES = 16;

/** A table as the rows in the stream are read. */
export interface KnownTable {
  readonly facts: TableFacts;
  /** Hash of the schema that its rows are read by. */
  readonly hash: string;
  /** Recent transactions that truncated it, as the stream showed. They explain changed storage. */
  readonly truncatedBy: readonly number[];
  /**
   * Below this position the stream is older than what is known, and so is the copy that was
   * requested with it. 0n: nothing is ahead.
   */
  readonly aheadTo: Lsn;
  /** Number of the look at the catalog that the facts come from. */
  readonly seenIn: number;
  /** Its rows are skipped, because the configuration does not fit it. */
  readonly held?: boolean;
}

/** What is true of all tables: it stands beside them in the facts. */
export type FactsFrame = Pick<SourceFacts, 'timeline' | 'publications' | 'choice'>;

/**
 * The tables that the replicator knows, and those that are gone. Each change makes the next
 * `capture` encode them again, so no manifest names facts that are out of date.
 */
export class KnownTables {
  readonly #tables: Map<number, KnownTable>;
  readonly #gone: Set<string>;
  readonly #encoded = new WeakMap<KnownTable, TableFactsObject>();
  #captured: FactsObject | null = null;

  /** `gone`: ids of tables that were followed once. */
  constructor(tables: ReadonlyMap<number, KnownTable>, gone: readonly string[]) {
    this.#tables = new Map(tables);
    this.#gone = new Set(gone);
  }

  get(oid: number): KnownTable | undefined {
    return this.#tables.get(oid);
  }

  [Symbol.iterator](): IterableIterator<[number, KnownTable]> {
    return this.#tables.entries();
  }

  set(oid: number, known: KnownTable): void {
    this.#tables.set(oid, known);
    this.#captured = null;
  }

  /** The table is dropped or no longer chosen. */
  drop(oid: number): void {
    const known = this.#tables.get(oid);
    if (known === undefined) return;
    this.#tables.delete(oid);
    this.#gone.add(known.facts.table.tableId);
    this.#captured = null;
  }

  /** A table that comes back: true when it was followed once. */
  comesBack(tableId: string): boolean {
    const wasGone = this.#gone.delete(tableId);
    if (wasGone) this.#captured = null;
    return wasGone;
  }

  /** The stream showed a truncate. It explains one change of the table's storage. */
  truncated(oid: number, xid: number): void {
    const known = this.#tables.get(oid);
    if (known !== undefined) this.set(oid, { ...known, truncatedBy: [...known.truncatedBy, xid].slice(-TRUNCATES) });
  }

  /** `frame` has changed: facts that were captured before are out of date. */
  forgetCaptured(): void {
    this.#captured = null;
  }

  /** What the next session has to know, as it is now. */
  capture(frame: () => FactsFrame): FactsObject {
    this.#captured ??= {
      frame: { ...frame(), gone: [...this.#gone] },
      tables: [...this.#tables.values()].map((known) => this.#encode(known)),
    };
    return this.#captured;
  }
  /** Each change of a table replaces its value, so one of a thousand is encoded again. */
  #encode(known: KnownTable): TableFactsObject {
    const found = this.#encoded.get(known);
    if (found !== undefined) return found;
    const { facts, hash, truncatedBy, aheadTo, held } = known;
    const encoded = encodeTableFacts({
      tableId: facts.table.tableId,
      schema: hash,
      maxAttnum: facts.maxAttnum,
      storage: [...facts.storage],
      labels: { ...facts.labels },
      versions: { ...facts.versions },
      ...(facts.published === undefined ? {} : { published: facts.published }),
      truncatedBy: [...truncatedBy],
      aheadTo: formatLsn(aheadTo),
      ...(held === true ? { held } : {}),
    });
    this.#encoded.set(known, encoded);
    return encoded;
  }
}
