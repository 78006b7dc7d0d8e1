import { KINDS } from './column-kinds.ts';
import { clickhouseColumn, clickhouseType } from './column-type.ts';
import type { ColumnType, ScalarType } from './column-type.ts';

/** How a reader sees a column. */
export interface Shown {
  /** The source says NOT NULL. */
  readonly notNull: boolean;
  /** The engine knows `Nullable(Tuple(…))`. */
  readonly nullableTuples: boolean;
}

/**
 * A stored column as a reader sees it, ClickHouse SQL over it: not Nullable where the source says
 * NOT NULL, and a tuple that is NULL is NULL as a whole. A NULL that is there anyway fails
 * the query: it never becomes an empty text or a 0.
 */
export function shownSql(type: ColumnType, stored: string, { notNull, nullableTuples }: Shown): string {
  if (type.kind === 'array') {
    const isTuple = KINDS[type.element.kind].nullAs === 'parts' && nullableTuples;
    return isTuple ? `arrayMap(e -> ${nullableTuple(type.element, 'e')}, ${stored})` : stored;
  }
  if (KINDS[type.kind].nullAs === 'beside') return stored;
  if (notNull) return `CAST(${stored}, ${literal(notNullType(type))})`;
  return KINDS[type.kind].nullAs === 'parts' && nullableTuples ? nullableTuple(type, stored) : stored;
}

/** The type of the result of `shownSql`. */
export function shownType(type: ColumnType, { notNull, nullableTuples }: Shown): string {
  const tuple = (one: ScalarType): string => (nullableTuples ? `Nullable(${notNullType(one)})` : clickhouseType(one));
  if (type.kind === 'array') return KINDS[type.element.kind].nullAs === 'parts' ? `Array(${tuple(type.element)})` : clickhouseColumn(type);
  if (KINDS[type.kind].nullAs === 'beside') return clickhouseColumn(type);
  if (notNull) return notNullType(type);
  return KINDS[type.kind].nullAs === 'parts' ? tuple(type) : clickhouseColumn(type);
}

/** Whether a view needs `Nullable(Tuple(…))` for a column of the type. */
export function hasTuples(type: ColumnType): boolean {
  return KINDS[type.kind === 'array' ? type.element.kind : type.kind].nullAs === 'parts';
}

/**
 * Its parts are taken apart, as a cast of a tuple with NULLs fails even where its result is not
 * used.
 */
function nullableTuple(type: ScalarType, x: string): string {
  const count = clickhouseType(type).split(', ').length;
  const parts = Array.from({ length: count }, (_, i) => `assumeNotNull(tupleElement(${x}, ${i + 1}))`);
  return `if(isNull(tupleElement(${x}, 1)), NULL, CAST(tuple(${parts.join(', ')}), ${literal(notNullType(type))}))`;
}

function notNullType(type: ScalarType): string {
  return (KINDS[type.kind].column ?? clickhouseType(type)).replaceAll(/Nullable\((\w+)\)/g, '$1');
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}
