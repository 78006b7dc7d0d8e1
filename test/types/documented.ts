import { KINDS } from '../../core/column-kinds.ts';
import { clickhouseColumn } from '../../core/column-type.ts';
import { exactText } from '../../docs/postgres-text.ts';
import { shownType } from '../../core/shown-column.ts';
import type { ColumnType, ScalarType } from '../../core/column-type.ts';
import { POSTGRES_TYPES } from '../../core/postgres-types.ts';

/** What docs/TYPES.md promises of a column. */
export interface Promised {
  /** Expression over `<table>__exact` that gives the exact text. */
  readonly sql: string;
  /** The column holds every value but NULL, so nothing but that may be in the map. */
  readonly holdsAll: boolean;
  /** Its numbers are given back without trailing zeros, unless they are in the map. */
  readonly trimmed: boolean;
}

/** A column as both systems describe it. */
export interface Described {
  readonly name: string;
  /** `typname` below domains; for an array that of its element, below domains too. */
  readonly base: string;
  /** `typtype` of it. */
  readonly kind: string;
  /** `atttypmod`, or what the domain gives. */
  readonly typmod: number;
  /** It is an array, or a domain over one. */
  readonly isArray: boolean;
  /** What the warehouse says the column is. */
  readonly stored: string;
  /** Part of the table's key: never Nullable, and text where it is an array. */
  readonly key: boolean;
  readonly notNull: boolean;
}

/**
 * Looks a column up as a reader of the page would. Throws when the type in the warehouse is not
 * the one on the page.
 */
export function documented({ name, base, kind, typmod, isArray, stored, key, notNull }: Described): Promised {
  const element = !isArray ? undefined : /^Array\((.*)\)$/.exec(stored)?.[1];
  const scalar = scalarOf(element ?? stored, { base, kind, typmod });
  const type: ColumnType = element === undefined ? scalar : { kind: 'array', element: scalar };
  const promised = key ? withoutNull(clickhouseColumn(type)) : shownType(type, { notNull, nullableTuples: true });
  if (promised !== stored) throw new Error(`${name} (${base}) is ${stored}, documented is ${promised}`);
  return {
    sql: exactText(type, `t.${name}`, `'${name}'`),
    holdsAll: type.kind !== 'array' && KINDS[type.kind].beside === '',
    trimmed: scalar.kind === 'numeric' && scalar.unbounded === true,
  };
}

/** A number, or each of an array's, without its trailing zeros. */
export function withoutTrailingZeros(text: string): string {
  return text.replaceAll(/(\.\d*?)0+(?=[,}]|$)/g, '$1').replaceAll(/\.(?=[,}]|$)/g, '');
}

function withoutNull(type: string): string {
  const [, inner] = /^(?:LowCardinality\(|Nullable\()(.*)\)$/.exec(type) ?? [];
  return inner === undefined ? type : withoutNull(inner);
}

function scalarOf(stored: string, { base, kind, typmod }: Pick<Described, 'base' | 'kind' | 'typmod'>): ScalarType {
  const [, precision, scale] = /Decimal\((\d+), (\d+)\)/.exec(stored) ?? [];
  const found = POSTGRES_TYPES.find(({ names }) => names[0] === base)?.kind ?? (kind === 'e' ? 'enum' : 'text');
  if (found !== 'numeric') return { kind: withoutNull(stored) === 'String' && KINDS[found].clickhouse !== 'String' ? 'text' : found };
  if (precision === undefined) return { kind: 'text' };
  const type = { kind: 'numeric', precision: Number(precision), scale: Number(scale) } as const;
  return isDeclared(typmod) ? type : { ...type, unbounded: true };
}

/** The source's type has no more than 76 digits, which all have their place in the column. */
function isDeclared(typmod: number): boolean {
  if (typmod < 0) return false;
  const [digits, scale] = [(typmod - 4) >> 16, (((typmod - 4) & 2047) ^ 1024) - 1024];
  return (scale < 0 ? digits - scale : Math.max(digits, scale)) <= 76;
}
