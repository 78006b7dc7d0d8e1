import type { TailraceError } from '../core/errors.ts';
import { parseLsn } from '../core/lsn.ts';
import type { Lsn } from '../core/lsn.ts';
import { matchTables } from '../core/table-glob.ts';
import { qualifiedName } from '../core/table.ts';
import type { TableRules } from '../core/table-rule.ts';
import { readTables, toTableSchema } from '../postgres/catalog.ts';
import type { CatalogTable } from '../postgres/catalog.ts';
import type { SqlConnection } from '../postgres/connect.ts';
import { identityState } from '../postgres/identity-state.ts';
import { narrowTable, ruleTrouble } from '../postgres/narrow.ts';
import { RowFilters } from '../postgres/row-filters.ts';
import { ensurePublications, forgetDecisions, publicationOids } from '../postgres/publication.ts';
import type { Storage, TableFacts } from './table-facts.ts';

/** What became of the tables that were to be published, by oid. */
export interface Published {
  /** Were not in their publication, and are now: of changes before, none were sent. */
  readonly added: readonly number[];
  /** Are in none. */
  readonly failed: readonly number[];
  readonly errors: readonly { readonly table: string; readonly error: TailraceError }[];
}

/** Which tables there are to be, how much of them, and where. */
export interface SourceChoice {
  /** Of the publications. */
  readonly name: string;
  /** Globs, null for every table. */
  readonly tables: readonly string[] | null;
  readonly rules: TableRules;
  /** What is known of the row filters. */
  readonly filters?: RowFilters;
  readonly epoch?: number;
}

/** The tables of the source that are to be replicated, as its catalog has them now. Calls of one connection run one after the other. */
export class SourceCatalog {
  readonly #connection: SqlConnection;
  readonly #choice: SourceChoice;
  readonly #filters: RowFilters;

  constructor(connection: SqlConnection, choice: SourceChoice) {
    this.#connection = connection;
    this.#choice = choice;
    this.#filters = choice.filters ?? new RowFilters();
  }

  /** All tables that the globs choose and a publication can send. Tables that come later need not be there yet. */
  async chosen(): Promise<CatalogTable[]> {
    return this.#choose(await readTables(this.#connection, null));
  }

  /** Makes the publications hold exactly these tables, without those that the configuration does not fit. */
  async publish(chosen: readonly CatalogTable[]): Promise<Published> {
    const tables = chosen.filter(({ narrowed }) => (narrowed?.refused ?? null) === null);
    const { added, moved, failed } = await ensurePublications(this.#connection, { name: this.#choice.name, tables });
    const oidsOf = (names: readonly string[]): number[] =>
      tables.filter((table) => names.includes(qualifiedName(table.schema, table.name))).map(({ oid }) => oid);
    return { added: oidsOf([...added, ...moved]), failed: oidsOf(failed.map(({ table }) => table)), errors: failed };
  }

  /** Oids of our publications that exist. One that is made anew has another oid. */
  async publicationOids(): Promise<number[]> {
    return publicationOids(this.#connection, this.#choice.name);
  }

  /** A text that changes when a table of ours comes to be told apart by something else, or by nothing. */
  async identityState(): Promise<string> {
    return identityState(this.#connection, this.#choice.name);
  }

  /** Facts of one table; null when there is none of that oid, or it is not chosen. */
  async factsOf(oid: number): Promise<TableFacts | null> {
    const [table] = await this.#choose(await readTables(this.#connection, [oid]));
    return table === undefined ? null : this.#facts(table);
  }

  /** Has the server decide anew how it sends each relation, for what is committed from here on. */
  async decideAnew(): Promise<void> {
    await forgetDecisions(this.#connection, this.#choice.name);
  }

  /** A position above every commit that was visible until now. */
  async position(): Promise<Lsn> {
    const [found] = await this.#connection.query<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
    return parseLsn(found?.lsn ?? '0/0');
  }

  factsByOid(tables: readonly CatalogTable[]): Map<number, TableFacts> {
    return new Map(tables.map((table) => [table.oid, this.#facts(table)]));
  }

  async #choose(tables: readonly CatalogTable[]): Promise<CatalogTable[]> {
    const { name, rules } = this.#choice;
    const chosen = matchTables(this.#choice.tables, tables, true).filter((table) => !table.unlogged);
    return this.#filters.apply(
      this.#connection,
      name,
      chosen.map((table) => narrowTable(table, rules)),
    );
  }

  #facts(table: CatalogTable): TableFacts {
    const { partitions, maxAttnum, narrowed } = table;
    const replicated = table.columns.filter((column) => column.replicated);
    return {
      table: toTableSchema(table, this.#choice.epoch ?? 0),
      maxAttnum,
      storage: [storageOf({ ...table, attached: false, joined: '' }), ...partitions.map((leaf) => storageOf(leaf))],
      labels: Object.fromEntries(
        replicated.flatMap(({ attnum, labels }) =>
          labels === null || isUnseen(table, attnum) ? [] : [[String(attnum), labels.join('\n')]],
        ),
      ),
      versions: Object.fromEntries(replicated.map(({ attnum, version }) => [String(attnum), version])),
      ...(narrowed === undefined ? {} : { rule: ruleTrouble(narrowed) }),
    };
  }
}

/** Nothing of the column's values is replicated. */
function isUnseen({ narrowed }: CatalogTable, attnum: number): boolean {
  return narrowed !== undefined && (narrowed.hidden.has(attnum) || narrowed.mask.get(attnum) === 'null');
}

function storageOf({ oid, filenode, xid, toast, attached, joined }: Storage): Storage {
  return { oid, filenode, xid, toast, attached, joined };
}
