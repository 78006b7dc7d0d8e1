import { TailraceError } from '../../core/errors.ts';
import { parseQualifiedName, qualifiedName } from '../../core/table.ts';
import type { SchemaHistory, SchemaVersion } from '../../lake/schemas/schema-history.ts';

/**
 * The version that `TABLE` (the newest) or `TABLE@N` names. A table has each of its names; one that
 * has it now comes first. NO_SUCH_TABLE, BAD_ARGUMENT.
 */
export function namedVersion({ tables }: Pick<SchemaHistory, 'tables'>, text: string): SchemaVersion {
  const [, name = text, n] = /^(.*?)(?:@(\d+))?$/s.exec(text) ?? [];
  const parsed = parseQualifiedName(name);
  const table = qualifiedName(parsed.schema, parsed.name);
  const versions =
    tables.find((some) => some.at(-1)?.table === table) ?? tables.find((some) => some.some((version) => version.table === table));
  const newest = versions?.at(-1);
  if (versions === undefined || newest === undefined)
    throw new TailraceError('NO_SUCH_TABLE', `the lake has no schema of ${table}`, { hint: 'See `tailrace schema ls`.' });
  const found = n === undefined ? newest : versions.find((version) => version.n === Number(n));
  if (found !== undefined) return found;
  throw new TailraceError('BAD_ARGUMENT', `${table} has no version @${n}; allowed: @1 to @${newest.n}`, {
    hint: 'See `tailrace schema ls`.',
  });
}
