/**
 * True when the source of a test file has the test that a page names, as `title` or as
 * `group > title`. The title must be a whole string of the source; a group may be the beginning of
 * one.
 */
export function hasTest(source: string, named: string): boolean {
  const parts = named.split(' > ');
  const title = parts.pop() ?? '';
  return parts.every((group) => hasString(source, group, false)) && hasString(source, title, true);
}

function hasString(source: string, text: string, isWhole: boolean): boolean {
  const single = `'${text.replaceAll("'", "\\'")}`;
  return [`${single}'`, `"${text}"`, `\`${text}\``].some((quoted) => source.includes(isWhole ? quoted : quoted.slice(0, -1)));
}
