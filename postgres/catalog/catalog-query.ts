import { existsSync, readFileSync } from 'node:fs';

/** The statement of catalog.sql, which says what goes in and what comes out. */
export const CATALOG_QUERY = readFileSync(place(), 'utf8').replace(/^--.*\n/gm, '');

/** Next to this file, or three levels up when this runs from `dist/postgres/catalog`. */
function place(): URL {
  const beside = new URL('./catalog.sql', import.meta.url);
  return existsSync(beside) ? beside : new URL('../../../postgres/catalog/catalog.sql', import.meta.url);
}
