import { literalCh, quoteCh } from '../names.ts';
import { keyword, tokenize } from '../token.ts';
import type { Token } from '../token.ts';
import { nameChains } from './name-chain.ts';
import type { ResultColumn } from './select-columns.ts';
import type { SelectTable } from './select-tables.ts';

/**
 * Words that may follow a table and are no alias of it:
 * https://github.com/ClickHouse/ClickHouse/blob/master/src/Parsers/ParserTablesInSelectQuery.cpp
 */
const AFTER_TABLE = new Set(
  `FINAL SAMPLE ARRAY LEFT RIGHT INNER FULL CROSS PASTE JOIN GLOBAL LOCAL ANY ALL ASOF SEMI ANTI ONLY ON USING PREWHERE WHERE WINDOW QUALIFY GROUP WITH
  HAVING ORDER LIMIT OFFSET FETCH SETTINGS FORMAT UNION EXCEPT INTERSECT INTO SELECT NATURAL`.split(/\s+/),
);

/**
 * The SELECT with an empty table of these columns in place of `table`, so that the engine can
 * analyze it where the table is not there. Names of its columns mean what they meant.
 */
export function standIn(select: string, table: SelectTable, columns: readonly ResultColumn[]): string {
  const structure = literalCh(columns.map(({ name, type }) => `${quoteCh(name)} ${type}`).join(', '));
  const tokens = tokenize(select);
  const chains = nameChains(select).filter(({ parts }) => parts[0] === table.database && parts[1] === table.name);
  const aliases = chains.filter(({ parts }) => parts.length === 2).map(({ second }) => aliasAfter(select, tokens, second));
  let text = '';
  let done = 0;
  for (const { parts, start, second } of chains) {
    const alias = parts.length === 2 ? aliasAfter(select, tokens, second) : aliases[0];
    const column = alias ?? quoteCh(table.name);
    const empty = `null(${structure})${alias === null ? ` AS ${quoteCh(table.name)}` : ''}`;
    text += select.slice(done, start) + (parts.length === 2 ? empty : column);
    done = second;
  }
  return text + select.slice(done);
}

/** The alias of a table whose name ends here, as it is written. */
function aliasAfter(select: string, tokens: readonly Token[], end: number): string | null {
  const at = tokens.findIndex(({ start }) => start >= end);
  const next = tokens[at];
  const alias = next && keyword(next) === 'AS' ? tokens[at + 1] : next;
  const isAlias = alias?.kind === 'quoted' || (alias?.kind === 'word' && (alias !== next || !AFTER_TABLE.has(keyword(alias))));
  return alias && isAlias ? select.slice(alias.start, alias.end) : null;
}
