import { tableGlob } from '../table-glob.ts';
import type { TableName } from '../table-glob.ts';
import type { Retention } from './table-retention.ts';

/** How long the closed versions of a table's rows are kept; null: it has no history. */
export type HistoryWish = (table: TableName) => Retention | null;

/** The longest of all sections that name one and fit the table counts. */
export function tableHistory(sections: readonly { readonly glob: string; readonly history?: Retention }[]): HistoryWish {
  const own = sections.flatMap(({ glob, history }) => (history === undefined ? [] : [{ fits: tableGlob(glob), history }]));
  return (table) => {
    const found = own.filter(({ fits }) => fits(table)).map(({ history }) => history);
    if (found.length === 0) return null;
    return found.includes('forever') ? 'forever' : Math.max(...found.filter((one) => one !== 'forever'));
  };
}
