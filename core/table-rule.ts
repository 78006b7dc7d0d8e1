import { createHash } from 'node:crypto';
import type { MaskSalt } from './mask-salt.ts';
import { canonicalJson } from './table.ts';
import { tableGlob } from './table-glob.ts';
import type { TableName } from './table-glob.ts';

/**
 * The mask of a column's values: the hex of SHA-256 over a secret salt and the exact text of
 * Postgres, or NULL.
 */
export type Mask = 'sha256' | 'null';

/** The section of the configuration for the tables of one glob. */
export interface TableSection {
  /** `schema.table`, with `*` and `?` as in `tables`. */
  readonly glob: string;
  /** Columns that are left out. */
  readonly exclude: readonly string[];
  readonly mask: Readonly<Record<string, Mask>>;
  /** Condition in SQL that a row must fulfil; null: all rows. */
  readonly where: string | null;
  /** How long its moments can be restored, in milliseconds: it changes no columns and no rows. */
  readonly retention?: number | 'forever';
  /** How long closed versions of its rows are kept, in milliseconds; absent: none is kept. */
  readonly history?: number | 'forever';
}

/**
 * All sections together, for one table. Where two differ, the stricter counts: left out before NULL
 * before SHA-256, and every condition.
 */
export interface TableRule {
  readonly exclude: ReadonlySet<string>;
  readonly mask: ReadonlyMap<string, Mask>;
  readonly where: string | null;
  /** The keys of these sections. */
  readonly whereAt: string;
  /** Every named column → the key that names it. */
  readonly places: ReadonlyMap<string, string>;
  /**
   * Columns named by a section of exactly this table: they must exist. A table need not have all
   * columns that a glob names.
   */
  readonly exact: ReadonlySet<string>;
}

/** The sections of the configuration, with the salt of their masks. */
export class TableRules {
  readonly salt: MaskSalt | null;
  /** Differs where the sections or the salt differ. */
  readonly fingerprint: string;
  readonly #sections: readonly (TableSection & { readonly matches: (table: TableName) => boolean })[];
  readonly #histories: readonly string[];

  constructor(all: readonly TableSection[], salt: MaskSalt | null) {
    const sections = all.filter(saysWhat).map(({ glob, exclude, mask, where }) => ({ glob, exclude, mask, where }));
    this.salt = salt;
    this.#histories = all.filter((section) => section.history !== undefined && !hasWildcard(section)).map(({ glob }) => glob);
    this.#sections = sections.map((section) => ({ ...section, matches: tableGlob(section.glob) }));
    this.fingerprint = createHash('sha256')
      .update(canonicalJson([sections, salt?.fingerprint ?? null]))
      .digest('hex')
      .slice(0, 16);
  }

  /**
   * The fingerprint as other processes read it in the lake; none without a section.
   */
  get told(): { rules?: string } {
    return this.#sections.length === 0 ? {} : { rules: this.fingerprint };
  }

  /** Null if no section fits the table. */
  of(table: TableName): TableRule | null {
    const sections = this.#sections.filter(({ matches }) => matches(table));
    if (sections.length === 0) return null;
    const exclude = new Set(sections.flatMap((section) => section.exclude));
    const mask = new Map<string, Mask>();
    for (const [column, how] of sections.flatMap((section) => Object.entries(section.mask)))
      if (!exclude.has(column) && mask.get(column) !== 'null') mask.set(column, how);
    const conditions = sections.flatMap(({ where }) => where ?? []);
    return {
      exclude,
      mask,
      where: conditions.length > 1 ? conditions.map((condition) => `(${condition})`).join(' AND ') : (conditions[0] ?? null),
      whereAt: sections.flatMap(({ glob, where }) => (where === null ? [] : [`table.${glob}.where`])).join(' and '),
      places: new Map(sections.flatMap(namedColumns)),
      exact: new Set(
        sections.filter((section) => !hasWildcard(section)).flatMap((section) => namedColumns(section).map(([column]) => column)),
      ),
    };
  }

  /** Sections that fit none of these tables, by glob. */
  idle(tables: readonly TableName[]): string[] {
    return this.#sections.filter(({ matches }) => !tables.some(matches)).map(({ glob }) => glob);
  }

  /** Tables without a key whose own section wants a history; a glob leaves such tables out. */
  withoutVersions(tables: readonly (TableName & { readonly identity: string })[]): string[] {
    const keyless = tables.filter(({ identity }) => identity !== 'key');
    return this.#histories.filter((glob) => keyless.some(tableGlob(glob)));
  }

  /**
   * Columns that a glob names and none of its tables has, each with its key: misspelled, or meant
   * for a future column.
   */
  unused(tables: readonly (TableName & { readonly columns: readonly { readonly name: string }[] })[]): string[] {
    return this.#sections.filter(hasWildcard).flatMap((section) => {
      const fitting = tables.filter(section.matches);
      return namedColumns(section)
        .filter(([name]) => fitting.length > 0 && !fitting.some(({ columns }) => columns.some((column) => column.name === name)))
        .map(([name, place]) => `${place} names "${name}", which no table of it has`);
    });
  }
}

/** False for a section that has a retention or a history and nothing else. */
function saysWhat({ exclude, mask, where, retention, history }: TableSection): boolean {
  return (retention === undefined && history === undefined) || exclude.length > 0 || Object.keys(mask).length > 0 || where !== null;
}

function hasWildcard({ glob }: Pick<TableSection, 'glob'>): boolean {
  return /[*?]/.test(glob);
}

function namedColumns({ glob, exclude, mask }: TableSection): [string, string][] {
  return [
    ...exclude.map((column): [string, string] => [column, `table.${glob}.exclude`]),
    ...Object.keys(mask).map((column): [string, string] => [column, `table.${glob}.mask`]),
  ];
}
