import type { TailraceError } from '../core/errors.ts';
import { matchTables } from '../core/table-glob.ts';
import { qualifiedName } from '../core/table.ts';
import { readTables, toTableSchema } from '../postgres/catalog.ts';
import type { CatalogTable } from '../postgres/catalog.ts';
import type { SqlConnection } from '../postgres/connect.ts';
import { ensurePublications, readPublications } from '../postgres/publication.ts';
import type { Storage, TableFacts } from './table-facts.ts';

/** What became of the tables that were to be published, by oid. */
export interface Published {
  /** Were not in their publication, and are now: of changes before, none were sent. */
  readonly added: readonly number[];
  /** Are in none. */
  readonly failed: readonly number[];
  readonly errors: readonly { readonly table: string; readonly error: TailraceError }[];
}

/** The tables of the source that are to be replicated, as its catalog has them now. Calls of one connection run one after the other. */
export class SourceCatalog {
  readonly #connection: SqlConnection;
  readonly #name: string;
  readonly #globs: readonly string[] | null;
  readonly #epoch: number;

  /** `name`: of the publications. `globs`: which tables, null for every one. */
  constructor(connection: SqlConnection, name: string, globs: readonly string[] | null, epoch = 0) {
    this.#connection = connection;
    this.#name = name;
    this.#globs = globs;
    this.#epoch = epoch;
  }

  /** All tables that the globs choose and a publication can send. Tables that come later need not be there yet. */
  async chosen(): Promise<CatalogTable[]> {
    return this.#choose(await readTables(this.#connection, null));
  }

  /** Makes the publications hold exactly these tables. */
  async publish(tables: readonly CatalogTable[]): Promise<Published> {
    const { added, moved, failed } = await ensurePublications(this.#connection, { name: this.#name, tables });
    const oidsOf = (names: readonly string[]): number[] =>
      tables.filter((table) => names.includes(qualifiedName(table.schema, table.name))).map(({ oid }) => oid);
    return { added: oidsOf([...added, ...moved]), failed: oidsOf(failed.map(({ table }) => table)), errors: failed };
  }

  /** Oids of our publications that exist. One that is made anew has another oid. */
  async publicationOids(): Promise<number[]> {
    return (await readPublications(this.#connection, this.#name)).map(({ oid }) => oid).toSorted((a, b) => a - b);
  }

  /** Facts of one table; null when there is none of that oid, or it is not chosen. */
  async factsOf(oid: number): Promise<TableFacts | null> {
    const [table] = this.#choose(await readTables(this.#connection, [oid]));
    return table === undefined ? null : this.#facts(table);
  }

  factsByOid(tables: readonly CatalogTable[]): Map<number, TableFacts> {
    return new Map(tables.map((table) => [table.oid, this.#facts(table)]));
  }

  #choose(tables: readonly CatalogTable[]): CatalogTable[] {
    return matchTables(this.#globs, tables, true).filter((table) => !table.unlogged);
  }

  #facts(table: CatalogTable): TableFacts {
    const { partitions, maxAttnum } = table;
    const replicated = table.columns.filter((column) => column.replicated);
    return {
      table: toTableSchema(table, this.#epoch),
      maxAttnum,
      storage: [storageOf({ ...table, attached: false }), ...partitions.map((leaf) => storageOf(leaf))],
      labels: Object.fromEntries(
        replicated.flatMap(({ attnum, labels }) => (labels === null ? [] : [[String(attnum), labels.join('\n')]])),
      ),
      versions: Object.fromEntries(replicated.map(({ attnum, version }) => [String(attnum), version])),
    };
  }
}

function storageOf({ oid, filenode, xid, toast, attached }: Storage): Storage {
  return { oid, filenode, xid, toast, attached };
}
