import { matchNamed } from '../core/table-glob.ts';
import type { Log } from '../core/log.ts';
import { readChoice } from '../lake/choice.ts';
import { openLake } from '../lake/lake-identity.ts';
import { ManifestLog } from '../lake/manifest-log.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import { isoTime, wall } from '../core/time.ts';
import { chosenTables } from '../monitor/chosen-tables.ts';
import type { ChosenTable } from '../monitor/chosen-tables.ts';
import type { SqlConnection } from '../postgres/session/connect.ts';

/** Selects chosen tables for a command. */
export interface Scope {
  readonly store: ObjectStore;
  readonly log: Log;
  /** `--tables`; null: all. */
  readonly globs: readonly string[] | null;
  /** Globs from the command's own arguments; null: none were given. */
  readonly named: readonly string[] | null;
}

/**
 * The chosen tables that match both `--tables` and the command's own arguments. Throws
 * NO_SUCH_TABLE for a glob that matches none.
 */
export async function meantTables(connection: SqlConnection, { store, log, globs, named }: Scope): Promise<ChosenTable[]> {
  const { name } = await openLake(store, null);
  const choice = await readChoice(store, await new ManifestLog(store, log).last());
  const chosen = await chosenTables(connection, { name, choice, tables: globs, copied: null, now: isoTime(wall()) });
  return matchNamed(named, matchNamed(globs, chosen));
}
