import { describeError, TailraceError } from '../../core/errors.ts';
import { qualifiedName } from '../../core/table.ts';
import { readBlockers } from './blocker.ts';
import type { CatalogTable } from '../catalog/catalog.ts';
import type { SqlConnection } from '../session/connect.ts';
import { filterDigest } from '../catalog/narrow.ts';
import { lockedError } from './obstacle.ts';
import { publishedTables } from './publication.ts';
import { filterTrouble, readFilter } from './row-filter.ts';
import type { RowFilter } from './row-filter.ts';

/** What the server answered for a filter on a table of this shape. */
interface Answer {
  readonly shape: string;
  readonly filter: RowFilter | TailraceError;
}

/**
 * The row filters of the configuration, as the server prints them. It parses each filter once per
 * table and shape, or not at all where the publication already has the answer that an earlier
 * process received.
 */
export class RowFilters {
  readonly #right: Map<number, string>;
  readonly #answers = new Map<number, Answer>();

  /** `right`: digests of the printed filters that match the configuration, by oid of the table. */
  constructor(right: ReadonlyMap<number, string> = new Map()) {
    this.#right = new Map(right);
  }

  /**
   * Gives tables their filter, or marks them refused if it cannot be published. `name` is that of
   * our publications; null when there are none yet.
   */
  async apply(connection: Pick<SqlConnection, 'query'>, name: string | null, tables: readonly CatalogTable[]): Promise<CatalogTable[]> {
    if (!tables.some(wantsFilter)) return [...tables];
    const published = name === null ? [] : await publishedTables(connection, name);
    const done: CatalogTable[] = [];
    for (const table of tables) {
      const has = published.find(({ oid, filter }) => oid === table.oid && filter !== null)?.filter ?? null;
      done.push(wantsFilter(table) ? await this.#filtered(connection, table, has) : table);
    }
    return done;
  }

  async #filtered(connection: Pick<SqlConnection, 'query'>, table: CatalogTable, has: RowFilter | null): Promise<CatalogTable> {
    const { narrowed } = table;
    if (narrowed === undefined || narrowed.where === null) return table;
    try {
      const isRight = has !== null && filterDigest(has.text) === this.#right.get(table.oid);
      const filter = isRight ? has : await this.#ask(connection, table, narrowed.where);
      const trouble = filterTrouble(table, filter);
      if (trouble === null) return { ...table, narrowed: { ...narrowed, filter: filter.text } };
      return { ...table, narrowed: { ...narrowed, refused: trouble.what, fix: trouble.fix } };
    } catch (error) {
      if (!(error instanceof TailraceError) || error.code === 'SOURCE_UNREACHABLE') throw error;
      const what = describeError(error).replace(/^\w+: /, '');
      const refused = `${narrowed.whereAt} is "${narrowed.where}": ${what}`;
      return { ...table, narrowed: { ...narrowed, refused, busy: error.code === 'SOURCE_BUSY' } };
    }
  }

  async #ask(connection: Pick<SqlConnection, 'query'>, table: CatalogTable, where: string): Promise<RowFilter> {
    const shape = JSON.stringify([
      where,
      table.schema,
      table.name,
      table.columns.map(({ name, typeOid, typmod }) => [name, typeOid, typmod]),
    ]);
    const known = this.#answers.get(table.oid);
    const filter = known?.shape === shape ? known.filter : await this.#askServer(connection, table, where);
    this.#answers.set(table.oid, { shape, filter });
    if (filter instanceof TailraceError) throw filter;
    this.#right.set(table.oid, filterDigest(filter.text) ?? '');
    return filter;
  }

  async #askServer(connection: Pick<SqlConnection, 'query'>, table: CatalogTable, where: string): Promise<RowFilter | TailraceError> {
    // With a lock in the way, every look would wait for it, and all other tables too.
    const blocker = (await readBlockers(connection, [table.oid], 'publish')).get(table.oid);
    if (blocker !== undefined) throw lockedError(qualifiedName(table.schema, table.name), blocker);
    try {
      return await readFilter(connection, table, where);
    } catch (error) {
      if (error instanceof TailraceError && error.code === 'BAD_CONFIG') return error;
      throw error;
    }
  }
}

/**
 * An unlogged table cannot be in a publication, so the server cannot parse its filter until it is
 * logged.
 */
function wantsFilter({ narrowed, unlogged }: CatalogTable): boolean {
  return !unlogged && narrowed !== undefined && narrowed.where !== null && narrowed.refused === null;
}
