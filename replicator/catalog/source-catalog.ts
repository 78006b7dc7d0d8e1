import { parseLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import { matchTables } from '../../core/table-glob.ts';
import { qualifiedName } from '../../core/table.ts';
import type { TableRules } from '../../core/table-rule.ts';
import { readTables, toTableSchema } from '../../postgres/catalog/catalog.ts';
import type { CatalogTable } from '../../postgres/catalog/catalog.ts';
import type { SqlConnection } from '../../postgres/session/connect.ts';
import { identityState } from '../../postgres/publication/identity-state.ts';
import type { IdentityState } from '../../postgres/publication/identity-state.ts';
import { narrowTable, ruleTrouble } from '../../postgres/catalog/narrow.ts';
import { RowFilters } from '../../postgres/publication/row-filters.ts';
import { publicationMarks } from '../../postgres/publication/publication-marks.ts';
import { ensurePublications, forgetDecisions, publicationOids } from '../../postgres/publication/publication.ts';
import type { FailedChange } from '../../postgres/publication/publication.ts';
import { chosenTroubles } from './chosen-troubles.ts';
import type { FoundTrouble } from './table-troubles.ts';
import type { Storage, TableFacts } from './table-facts.ts';

/** The result of publishing tables, by oid. */
export interface Published {
  /** They were not in their publication and are now. Earlier changes were not sent. */
  readonly added: readonly number[];
  /** They are in no publication. */
  readonly failed: readonly number[];
  /** Why chosen tables are not replicated, or not completely. */
  readonly troubles: readonly FoundTrouble[];
  /** Tables that are no longer chosen but could not be removed. */
  readonly left: readonly FailedChange[];
}

/** Which tables are replicated, with which rules, and in which publications. */
export interface SourceChoice {
  /** Name of the publications. */
  readonly name: string;
  /** Globs, null for every table. */
  readonly tables: readonly string[] | null;
  readonly rules: TableRules;
  /** The known row filters. */
  readonly filters?: RowFilters;
  readonly epoch?: number;
}

/**
 * The chosen tables, as the catalog of the source has them now. Calls on one connection run one
 * after the other.
 */
export class SourceCatalog {
  readonly #connection: SqlConnection;
  readonly #choice: SourceChoice;
  readonly #filters: RowFilters;
  /** Places in the publications after the last `publish`. */
  #marks: ReadonlyMap<number, string> = new Map();

  constructor(connection: SqlConnection, choice: SourceChoice) {
    this.#connection = connection;
    this.#choice = choice;
    this.#filters = choice.filters ?? new RowFilters();
  }

  /**
   * Reads all tables that the globs choose, including unlogged ones, which no publication can send.
   * A glob may match nothing yet.
   */
  async chosen(): Promise<CatalogTable[]> {
    return this.#choose(await readTables(this.#connection, null));
  }

  /**
   * Makes the publications have exactly these tables, except those that the configuration does not
   * fit.
   */
  async publish(chosen: readonly CatalogTable[]): Promise<Published> {
    const tables = chosen.filter(({ narrowed }) => (narrowed?.refused ?? null) === null);
    const { added, moved, failed } = await ensurePublications(this.#connection, { name: this.#choice.name, tables });
    this.#marks = await publicationMarks(this.#connection, this.#choice.name, null);
    const names = new Set([...added, ...moved]);
    const oids = new Set(tables.map(({ oid }) => oid));
    return {
      added: tables.filter((table) => names.has(qualifiedName(table.schema, table.name))).map(({ oid }) => oid),
      failed: failed.map(({ oid }) => oid).filter((oid) => oids.has(oid)),
      troubles: chosenTroubles(chosen, failed),
      left: failed.filter(({ oid }) => !chosen.some((table) => table.oid === oid)),
    };
  }

  /** Oids of our publications. A publication that was dropped and created again has a new oid. */
  async publicationOids(): Promise<number[]> {
    return publicationOids(this.#connection, this.#choice.name);
  }

  /** Reads how the rows of our tables are told apart. */
  async identityState(): Promise<IdentityState> {
    return identityState(this.#connection, this.#choice.name);
  }

  /** Reads the facts of one table; null if no chosen table has that oid. */
  async factsOf(oid: number): Promise<TableFacts | null> {
    this.#marks = await publicationMarks(this.#connection, this.#choice.name, [oid]);
    const [table] = await this.#choose(await readTables(this.#connection, [oid]));
    return table === undefined || table.unlogged ? null : this.#facts(table);
  }

  /** Makes the server decide again how it sends each relation, for later commits. */
  async forgetDecisions(): Promise<void> {
    await forgetDecisions(this.#connection, this.#choice.name);
  }

  /** A position above every commit that was visible until now. */
  async position(): Promise<Lsn> {
    const [found] = await this.#connection.query<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
    return parseLsn(found?.lsn ?? '0/0');
  }

  /** Facts of the tables that have changes in the WAL. */
  factsByOid(tables: readonly CatalogTable[]): Map<number, TableFacts> {
    return new Map(tables.filter(({ unlogged }) => !unlogged).map((table) => [table.oid, this.#facts(table)]));
  }

  async #choose(tables: readonly CatalogTable[]): Promise<CatalogTable[]> {
    const { name, rules } = this.#choice;
    const chosen = matchTables(this.#choice.tables, tables, true);
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
      published: this.#marks.get(table.oid),
      ...(narrowed === undefined ? {} : { rule: ruleTrouble(narrowed) }),
    };
  }
}

/** No value of the column is replicated. */
function isUnseen({ narrowed }: CatalogTable, attnum: number): boolean {
  return narrowed !== undefined && (narrowed.hidden.has(attnum) || narrowed.mask.get(attnum) === 'null');
}

function storageOf({ oid, filenode, xid, toast, attached, joined }: Storage): Storage {
  return { oid, filenode, xid, toast, attached, joined };
}
