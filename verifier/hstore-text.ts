/**
 * ClickHouse SQL over a map → hstore's text of it, `"a"=>"1", "b"=>NULL`, in hstore's order: by
 * length, then by bytes.
 */
export function hstoreText(x: string): string {
  const pair = `concat(${quoted('k')}, '=>', if(isNull(${x}[k]), 'NULL', ${quoted(`assumeNotNull(${x}[k])`)}))`;
  return `arrayStringConcat(arrayMap(k -> ${pair}, arraySort(k -> (length(k), k), mapKeys(${x}))), ', ')`;
}

/** ClickHouse SQL over a text → the text in double quotes, as hstore and arrays quote it. */
export function quoted(text: string): string {
  return `concat('"', ${escaped(text)}, '"')`;
}

function escaped(text: string): string {
  return `replaceRegexpAll(${text}, '(["\\\\\\\\])', '\\\\\\\\\\\\1')`;
}
