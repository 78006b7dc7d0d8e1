/**
 * What array_in reads as an element without quotes (utils/adt/arrayfuncs.c): anything else is
 * quoted, and so is what it would take for NULL.
 */
function bare(element: string, delimiter: string): boolean {
  return element !== '' && element.toLowerCase() !== 'null' && !/["\\{}\t\n\v\f\r ]/.test(element) && !element.includes(delimiter);
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** Elements of an array: nested as deep as it has dimensions. */
export type Elements = readonly (string | null | Elements)[];

/** Input text of an array; `bounds` as in `[0:1]`. */
export function arrayLiteral(elements: Elements, { delimiter = ',', bounds = '' }: { delimiter?: string; bounds?: string } = {}): string {
  return `${bounds === '' ? '' : `${bounds}=`}${inner(elements, delimiter)}`;
}

function inner(elements: Elements, delimiter: string): string {
  const texts = elements.map((element) => {
    if (element === null) return 'NULL';
    if (typeof element !== 'string') return inner(element, delimiter);
    return bare(element, delimiter) ? element : quoted(element);
  });
  return `{${texts.join(delimiter)}}`;
}

function field(value: string | null): string {
  return value === null ? '' : quoted(value);
}

/** Input text of a composite: a field that is NULL is nothing at all. */
export function rowLiteral(fields: readonly (string | null)[]): string {
  return `(${fields.map(field).join(',')})`;
}

/** Input text of a range; a bound that is null is open. */
export function rangeLiteral(range: { from: string | null; to: string | null; open: string }): string {
  return `${range.open[0]}${field(range.from)},${field(range.to)}${range.open[1]}`;
}
