/** ClickHouse SQL over a text → the text in double quotes, as hstore and arrays quote it. */
export function quoted(text: string): string {
  return `concat('"', ${escaped(text)}, '"')`;
}

/**
 * ClickHouse SQL over the text `t` of an element (a name) → the element as array_out prints it:
 * quoted where it would not be read back as it is.
 */
export function arrayElement(t: string, delimiter: string): string {
  const special = `match(${t}, '^$|[{}"\\\\\\\\${delimiter} \\t\\n\\r\\v\\f]') OR upper(${t}) = 'NULL'`;
  return `if(${special}, ${quoted(t)}, ${t})`;
}

function escaped(text: string): string {
  return `replaceRegexpAll(${text}, '(["\\\\\\\\])', '\\\\\\\\\\\\1')`;
}
