import { createHash } from 'node:crypto';
import type { MaskSalt } from '../../core/mask-salt.ts';
import type { RuleTrouble } from '../../core/narrowing.ts';
import type { Narrowing } from '../../core/table.ts';
import type { Mask, TableRule, TableRules } from '../../core/table-rule.ts';
import type { CatalogColumn, CatalogTable } from './catalog.ts';

/** The rules of the configuration for a table, applied to its current columns. */
export interface AppliedRule {
  /** Attnums of columns that are left out. */
  readonly hidden: ReadonlySet<number>;
  readonly mask: ReadonlyMap<number, Mask>;
  /** The row filter as it was written; null: all rows. */
  readonly where: string | null;
  /** The keys of the configuration that set it. */
  readonly whereAt: string;
  /**
   * The row filter as Postgres prints it; null without a filter, and until the server was asked.
   */
  readonly filter: string | null;
  readonly salt: MaskSalt | null;
  /** Fingerprint of the configuration's sections. */
  readonly by: string;
  /**
   * Columns that a section for exactly this table names, but that do not exist, as `key "name"`.
   */
  readonly unknown: readonly string[];
  /** Why the table must not be replicated with these rules; null when it may. */
  readonly refused: string | null;
  /** The SQL that fixes it, if SQL can. */
  readonly fix: string | null;
  /** True when only a lock kept the server from parsing the filter. */
  readonly busy: boolean;
}

/**
 * Applies the sections of the configuration to a table. A table without a section is returned
 * unchanged.
 */
export function narrowTable(table: CatalogTable, rules: TableRules): CatalogTable {
  const rule = rules.of(table);
  if (rule === null) return table;
  const named = (name: string): boolean => rule.exclude.has(name);
  const columns = table.columns.filter(({ replicated }) => replicated);
  const mask = new Map(columns.flatMap(({ attnum, name }): [number, Mask][] => pair(attnum, rule.mask.get(name))));
  const narrowed: AppliedRule = {
    hidden: new Set(columns.filter(({ name }) => named(name)).map(({ attnum }) => attnum)),
    mask,
    where: rule.where,
    whereAt: rule.whereAt,
    filter: null,
    salt: [...mask.values()].includes('sha256') ? rules.salt : null,
    by: rules.fingerprint,
    unknown: unknownColumns(table, rule),
    refused: table.columns.map((column) => refusedColumn(table, column, rule)).find((reason) => reason !== null) ?? null,
    fix: null,
    busy: false,
  };
  return { ...table, narrowed };
}

/** The part that is stored with the table's schema in the lake. */
export function toNarrowing({ hidden, filter, salt, by }: AppliedRule): Narrowing {
  return { hidden: [...hidden].toSorted((a, b) => a - b), filter: filterDigest(filter), salt: salt?.fingerprint ?? null, by };
}

/** Where the rules do not fit the table, with the fix. */
export function ruleTrouble({ refused, fix, unknown }: AppliedRule): RuleTrouble {
  return { refused: refused === null || fix === null ? refused : `${refused}. ${fix}`, unknown };
}

/** Identifies a filter without revealing it. */
export function filterDigest(filter: string | null): string | null {
  return filter === null ? null : createHash('sha256').update(filter).digest('hex').slice(0, 16);
}

function unknownColumns(table: CatalogTable, { exact, places }: TableRule): string[] {
  return [...exact]
    .filter((name) => !table.columns.some((column) => column.name === name))
    .map((name) => `${places.get(name) ?? ''} names "${name}", which the table does not have`);
}

/**
 * Key columns must stay, and stay different in each row. Columns of the partition key must stay
 * unchanged.
 */
function refusedColumn(table: CatalogTable, { attnum, name, partitionKey }: CatalogColumn, rule: TableRule): string | null {
  const how = rule.exclude.has(name) ? 'exclude' : rule.mask.get(name);
  if (how === undefined) return null;
  const said = `${rule.places.get(name) ?? 'table'} names "${name}"`;
  if (partitionKey) return `${said}, which is in the partition key; only other columns can be left out or masked`;
  if (how === 'sha256' || !table.chosen.key.includes(attnum)) return null;
  return `${said}, which tells its rows apart; use mask sha256, or choose another column`;
}

function pair(attnum: number, mask: Mask | undefined): [number, Mask][] {
  return mask === undefined ? [] : [[attnum, mask]];
}
