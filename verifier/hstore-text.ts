import { quoted } from './quoted-text.ts';

/**
 * ClickHouse SQL over a map → hstore's text of it, `"a"=>"1", "b"=>NULL`, in hstore's order: by
 * length, then by bytes.
 */
export function hstoreText(x: string): string {
  const pair = `concat(${quoted('k')}, '=>', if(isNull(${x}[k]), 'NULL', ${quoted(`assumeNotNull(${x}[k])`)}))`;
  return `arrayStringConcat(arrayMap(k -> ${pair}, arraySort(k -> (length(k), k), mapKeys(${x}))), ', ')`;
}
