import { existsSync, readdirSync } from 'node:fs';
import type { Config } from '../../core/config.ts';
import { TailraceError } from '../../core/errors.ts';
import { parseQualifiedName } from '../../core/table.ts';
import type { SqlWrites } from '../../warehouse/endpoint.ts';

/**
 * Throws BAD_CONFIG when sqlWrites names a database that shows tables of the source or models, as
 * far as the configuration tells. The endpoint refuses the others when somebody writes to them.
 */
export function requireOwnDatabases({
  sqlWrites = [],
  tables = [],
  models,
}: Partial<Pick<Config, 'sqlWrites' | 'tables' | 'models'>>): void {
  const schemas = tables.filter((glob) => !glob.startsWith('!')).map((glob) => parseQualifiedName(glob).schema);
  const folders = models === undefined || !existsSync(models) ? [] : readdirSync(models);
  for (const name of sqlWrites) {
    const what = schemas.includes(name) ? 'tables of the source' : folders.includes(name) ? 'models' : null;
    if (what === null) continue;
    throw new TailraceError('BAD_CONFIG', `sqlWrites names ${name}, a database of ${what}`, {
      hint: 'Name a database of its own, such as analytics.',
    });
  }
}

/** What user builder may write, and its password; null: nobody may write. Throws BAD_CONFIG. */
export function sqlWritesOf(config: Partial<Pick<Config, 'sqlWrites' | 'sqlWriteToken' | 'sqlToken'>>): SqlWrites | null {
  const databases = config.sqlWrites;
  const token = config.sqlWriteToken;
  if (databases === undefined) return null;
  const hint = 'Set TAILRACE_SQL_WRITE_TOKEN to a long random text.';
  if (token === undefined)
    throw new TailraceError('BAD_CONFIG', `sqlWrites is ${databases.join(',')}, but sqlWriteToken is not set`, { hint });
  if (token === config.sqlToken)
    throw new TailraceError('BAD_CONFIG', 'sqlWriteToken is the same as sqlToken, so every reader could write', { hint });
  return { databases, token };
}
