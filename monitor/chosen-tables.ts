import { matchTables } from '../core/table-glob.ts';
import { qualifiedName } from '../core/table.ts';
import type { Choice, TableTrouble } from '../lake/choice.ts';
import type { SqlConnection } from '../postgres/session/connect.ts';
import { incomplete, readObstacles } from '../postgres/publication/obstacle.ts';
import { readSourceTables } from '../postgres/publication/source-tables.ts';
import type { SourceTable } from '../postgres/publication/source-tables.ts';

/** A table that is chosen for replication, replicated or not. */
export interface ChosenTable {
  readonly table: string;
  readonly oid: number;
  readonly appendOnly: boolean;
  /** In a publication of tailrace, so its changes arrive. */
  readonly published: boolean;
  /** What keeps it from being replicated as a whole; null: nothing. */
  readonly trouble: TableTrouble | null;
}

/** Which tables to read, and when. */
export interface ChosenQuery {
  /** The name of the publications. */
  readonly name: string;
  /** The choice that the replicator recorded; null: none yet, then `tables` stand in for it. */
  readonly choice: Choice | null;
  /** Globs of the caller; null: all tables. */
  readonly tables: readonly string[] | null;
  /** Oids of tables that were copied before (null: all); they are not checked for obstacles. */
  readonly copied: ReadonlySet<number> | null;
  /** ISO 8601 */
  readonly now: string;
}

/**
 * Every table that is replicated or should be: those in our publications, and those that the
 * replicator was given and that are in none. The caller narrows the result by its own globs. An
 * obstacle that this look finds takes precedence over one that the replicator recorded.
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
  const recorded = new Map((choice?.troubles ?? []).map((trouble) => [trouble.oid, trouble]));
  return chosen.map((one) => {
    const table = qualifiedName(one.schema, one.name);
    const obstacle = obstacles.get(one.oid);
    const before = recorded.get(one.oid);
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

/**
 * Tables that are not replicated, as the lake recorded them: used until the source has answered
 * once. The warehouse knows the other tables.
 */
export function troubledTables(choice: Choice | null): ChosenTable[] {
  return (choice?.troubles ?? []).map((trouble) => {
    const { table, oid } = trouble;
    return { table, oid, appendOnly: false, published: trouble.state === 'incomplete', trouble };
  });
}
