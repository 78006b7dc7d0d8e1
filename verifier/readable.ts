import { decimalText } from '../core/column-type.ts';
import type { ColumnType } from '../core/column-type.ts';
import { outputText, sourceText } from './canonical-source.ts';
import type { StoredColumn } from './canonical-warehouse.ts';

/** Characters of a value that are shown. */
const SHOWN = 80;

/**
 * A value as Postgres prints it, without trailing zeros, which the warehouse does not keep; SQL of
 * type text.
 */
export function sourceReadable(value: string, type: ColumnType, typeOid: number): string {
  return type.kind === 'numeric' && type.unbounded === true ? sourceText(value, type, typeOid) : outputText(value, typeOid);
}

/**
 * A stored value in readable form: its exact text where there is one. SQL of type Nullable(String)
 * over the row `s`.
 */
export function warehouseReadable({ column, exactKey, type }: StoredColumn): string {
  const printed =
    type.kind === 'bytea'
      ? `concat('\\\\x', lower(hex(${column})))`
      : type.kind === 'numeric'
        ? decimalText(type, column)
        : `toString(${column})`;
  return `if(mapContains(s._tr_exact, ${exactKey}), s._tr_exact[${exactKey}], ${printed})`;
}

/** The beginning of a long text, with its length; in Postgres. */
export function cutPg(text: string): string {
  return `CASE WHEN length(${text}) > ${SHOWN} THEN left(${text}, ${SHOWN}) || '… (' || length(${text}) || ' characters)' ELSE ${text} END`;
}

/** The same in ClickHouse. */
export function cutCh(text: string): string {
  return `if(lengthUTF8(${text}) > ${SHOWN}, concat(substringUTF8(${text}, 1, ${SHOWN}), '… (', toString(lengthUTF8(${text})), ' characters)'), ${text})`;
}
