/**
 * Output formats and the Content-Type that ClickHouse gives them; a format that is not listed is
 * bytes. The first match counts.
 */
const TYPES: readonly (readonly [RegExp, string])[] = [
  [/EachRow|^JSONL(?:ines)?$|^NDJSON$/i, 'application/x-ndjson; charset=UTF-8'],
  [/^JSON/i, 'application/json; charset=UTF-8'],
  [/^CSV(?:WithNames)/i, 'text/csv; charset=UTF-8; header=present'],
  [/^CSV/i, 'text/csv; charset=UTF-8; header=absent'],
  [/^(?:TSV|TabSeparated|Raw$)/i, 'text/tab-separated-values; charset=UTF-8'],
  [/^XML$/i, 'application/xml; charset=UTF-8'],
  [/^(?:Markdown|MD)$/i, 'text/markdown; charset=UTF-8'],
  [/^(?:Pretty|Vertical|Values|SQLInsert|LineAsString)/i, 'text/plain; charset=UTF-8'],
];

export function contentType(format: string): string {
  return TYPES.find(([pattern]) => pattern.test(format))?.[1] ?? 'application/octet-stream';
}
