/** Databases of ClickHouse and of tailrace, in which nobody else writes. */
const OURS = /^(?:tailrace.*|system|information_schema|_temporary_and_external_tables)$/i;

/**
 * Names of databases or globs over them; null when one is neither, or names a database of
 * ClickHouse or tailrace.
 */
export function parseDatabaseGlobs(text: string): string[] | null {
  const globs = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return globs.length > 0 && globs.every((glob) => /^[\p{L}\p{N}_*?-]+$/u.test(glob) && !OURS.test(glob)) ? globs : null;
}

/** Whether a database matches one of the globs and is none of ClickHouse or tailrace. */
export function databaseGlob(globs: readonly string[]): (database: string) => boolean {
  const patterns = globs.map((glob) => new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'su'));
  return (database) => !OURS.test(database) && patterns.some((pattern) => pattern.test(database));
}
