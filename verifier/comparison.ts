import type { ColumnType } from '../core/column-type.ts';
import { literalCh, quoteCh } from '../warehouse/names.ts';
import { sourceText } from './canonical-source.ts';
import { warehouseText } from './canonical-warehouse.ts';

/** A column that both sides have. */
export interface ComparedColumn {
  readonly id: number;
  /** Its name at the source, at the position that is verified. */
  readonly name: string;
  readonly type: ColumnType;
  /** Type at the source. */
  readonly typeOid: number;
}

/** What is compared, and how: the values of placeholders of warehouse-sql/verify-*.sql for both sides. */
export interface Comparison {
  readonly source: SideValues;
  readonly warehouse: SideValues & { readonly sign: string };
}

interface SideValues {
  /** 64 bits of the row. */
  readonly hash: string;
  /** 64 bits that say which bucket it belongs to. */
  readonly place: string;
  /** Text that names the row: canonical text of its key, or the md5 of a row without one. */
  readonly key: string;
}

/** One side's language: how a row's text is put together and hashed. */
interface Dialect {
  text(column: ComparedColumn): string;
  joined(texts: readonly string[]): string;
  hash64(text: string): string;
  md5(text: string): string;
}

/**
 * A row's text is `<bytes>:<canonical text>` per column in order, `n` for NULL; its hash is the first 64 bits of that text's md5.
 * `serverIsUtf8` false: the source's own encoding is another, so it hashes bytes converted to UTF-8.
 */
export function compareBy(columns: readonly ComparedColumn[], key: readonly number[], serverIsUtf8: boolean): Comparison {
  const keyColumns = key.flatMap((id) => columns.filter((column) => column.id === id));
  const signed = keyColumns.length === 0;
  return {
    source: sideValues(postgres(serverIsUtf8), columns, keyColumns),
    warehouse: { ...sideValues(CLICKHOUSE, columns, keyColumns), sign: signed ? 's._tr_sign' : '1' },
  };
}

function sideValues(dialect: Dialect, columns: readonly ComparedColumn[], keyColumns: readonly ComparedColumn[]): SideValues {
  const row = dialect.joined(columns.map((column) => dialect.text(column)));
  const hash = dialect.hash64(row);
  if (keyColumns.length === 0) return { hash, place: hash, key: dialect.md5(row) };
  const key = dialect.joined(keyColumns.map((column) => dialect.text(column)));
  return { hash, place: dialect.hash64(key), key };
}

function postgres(serverIsUtf8: boolean): Dialect {
  const bytes = (text: string): string => (serverIsUtf8 ? text : `convert_to(${text}, 'UTF8')`);
  return {
    text: (column) => sourceText(`s."${column.name.replaceAll('"', '""')}"`, column.type, column.typeOid),
    joined: (texts) =>
      texts.length === 0
        ? `''`
        : texts.map((text) => `coalesce(octet_length(${bytes(`(${text})`)}) || ':' || (${text}), 'n')`).join(' || '),
    hash64: (text) => `('x' || left(md5(${bytes(text)}), 16))::bit(64)::bigint`,
    md5: (text) => `md5(${bytes(text)})`,
  };
}

const CLICKHOUSE: Dialect = {
  text: (column) => warehouseText({ column: `s.${quoteCh(`c${column.id}`)}`, exactKey: literalCh(`c${column.id}`), type: column.type }),
  joined: (texts) => {
    const parts = texts.map((text) => `ifNull(concat(toString(length(${text})), ':', ${text}), 'n')`);
    return parts.length === 0 ? `''` : parts.length === 1 ? parts.join('') : `concat(${parts.join(', ')})`;
  },
  hash64: (text) => `reinterpretAsInt64(reverse(substring(MD5(${text}), 1, 8)))`,
  md5: (text) => `lower(hex(MD5(${text})))`,
};

/** `<bytes>:<text>` parts, `n` for NULL → the texts, for people: joined by commas. */
export function readableKey(key: string): string {
  const bytes = Buffer.from(key);
  const parts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const colon = bytes.indexOf(0x3a, at);
    const length = Number(bytes.toString('latin1', at, colon));
    if (colon < 0 || !Number.isInteger(length)) return key;
    parts.push(bytes.toString('utf8', colon + 1, colon + 1 + length));
    at = colon + 1 + length;
  }
  return parts.join(', ');
}
