import { durationText, parseDuration } from './units.ts';
import { parseQualifiedName } from '../table.ts';
import { tableGlob } from '../table-glob.ts';

/** How long each moment of a table can be restored, in milliseconds. */
export type Retention = number | 'forever';

/** `7d` → milliseconds, `forever` → itself; null when it is neither. */
export function parseRetention(text: string): Retention | null {
  return text.trim() === 'forever' ? 'forever' : parseDuration(text);
}

/** As a person writes it. */
export function retentionText(retention: Retention): string {
  return retention === 'forever' ? retention : durationText(retention);
}

/** Tables that may have a retention of their own. */
interface RetentionSection {
  /** over schema.table */
  readonly glob: string;
  readonly retention?: Retention;
}

/**
 * The retention of each table, in milliseconds; null: for ever. The longest of all sections that
 * name one and fit the table counts.
 */
export function tableRetention(sections: readonly RetentionSection[], usual: Retention): (table: string) => number | null {
  const own = sections.flatMap(({ glob, retention }) => (retention === undefined ? [] : [{ fits: tableGlob(glob), retention }]));
  return (table) => {
    const found = own.filter(({ fits }) => fits(parseQualifiedName(table))).map(({ retention }) => retention);
    if (found.length === 0) return usual === 'forever' ? null : usual;
    return found.includes('forever') ? null : Math.max(...found.filter((one) => one !== 'forever'));
  };
}
