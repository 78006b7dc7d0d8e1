import { isTaken } from '../../warehouse/names.ts';

/**
 * Whether a database belongs to ClickHouse or to tailrace: state, freezes of runs, stored models.
 */
export function isOurs(database: string): boolean {
  return isTaken(database) || /^tailrace(?:_|$)/i.test(database);
}
