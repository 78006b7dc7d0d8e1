import { matchTables } from '../core/table-glob.ts';
import { qualifiedName } from '../core/table.ts';
import type { Choice, TableTrouble } from '../lake/choice.ts';
import type { SqlConnection } from '../postgres/session/connect.ts';
import { incomplete, readObstacles } from '../postgres/publication/obstacle.ts';
import { readSourceTables } from '../postgres/publication/source-tables.ts';
import type { SourceTable } from '../postgres/publication/source-tables.ts';

/** A table that is to be replicated, whether it is or not. */
export interface ChosenTable {
  readonly table: string;
  readonly oid: number;
  readonly appendOnly: boolean;
  /** In a publication of ours, so that its changes come. */
  readonly published: boolean;
  /** What keeps it from being replicated, whole; null: nothing. */
  readonly trouble: TableTrouble | null;
}

/** Whose tables they are, and when the look was. */
export interface ChosenQuery {
  /** Of the publications. */
  readonly name: string;
  /** What the replicator told; null: nothing yet, then `tables` are taken for its choice. */
  readonly choice: Choice | null;
  /** Globs of our own; null: all. */
  readonly tables: readonly string[] | null;
  /** Oids of tables that were copied before, null for all: whether they can be is not asked. */
  readonly copied: ReadonlySet<number> | null;
  /** ISO 8601 */
  readonly now: string;
}

/**
 * Every table that is replicated or should be: what our publications hold, and what the replicator
 * was given and they do not. Whether globs of our own narrow that is the caller's to say. What a
 * look finds itself comes before what the replicator told.
 */
export async function chosenTables(connection: SqlConnection, query: ChosenQuery): Promise<ChosenTable[]> {
  const { name, choice, tables: globs, copied } = query;
  const all = await readSourceTables(connection, name);
  const wanted = new Set(matchTables(choice === null ? globs : choice.tables, all, true));
  const chosen = all.filter((table) => table.published || wanted.has(table));
  const at = { publication: name, role: 'publisher' } as const;
  const obstacles = new Map([
    ...(await readObstacles(connection, oidsOf(chosen.filter(({ published }) => !published)), { purpose: 'publish', ...at })),
    ...(await readObstacles(connection, oidsOf(chosen.filter(({ published, oid }) => published && copied?.has(oid) === false)), {
      purpose: 'copy',
      ...at,
    })),
  ]);
  const told = new Map((choice?.troubles ?? []).map((trouble) => [trouble.oid, trouble]));
  return chosen.map((one) => {
    const table = qualifiedName(one.schema, one.name);
    const obstacle = obstacles.get(one.oid);
    const before = told.get(one.oid);
    const found = (state: TableTrouble['state'], { code, message }: { code: string; message: string }): TableTrouble => ({
      oid: one.oid,
      table,
      state,
      code,
      message,
      at: before?.message === message ? before.at : query.now,
    });
    const trouble =
      obstacle !== undefined
        ? found(obstacle.state, obstacle.error)
        : before?.state === 'unpublished'
          ? before
          : one.published && one.unsentLeaves.length > 0
            ? found('incomplete', incomplete(table, one.unsentLeaves))
            : null;
    return { table, oid: one.oid, appendOnly: one.appendOnly, published: one.published, trouble };
  });
}

function oidsOf(tables: readonly SourceTable[]): number[] {
  return tables.map(({ oid }) => oid);
}
