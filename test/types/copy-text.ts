import type pg from 'pg';
import { from, to } from 'pg-copy-streams';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';

/** Rows as bytes, one character per byte, so that nothing is decoded on the way; null is NULL. */
export type Cells = (string | null)[];

/** For messages: the text that the bytes are, as far as they are one. */
export function shown(cell: string | null | undefined): string {
  if (cell === null || cell === undefined) return String(cell);
  const text = JSON.stringify(Buffer.from(cell, 'latin1').toString('utf8'));
  return text.length > 300 ? `${text.slice(0, 200)}…${text.slice(-60)} (${cell.length} bytes)` : text;
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', 0: '\0' };

/**
 * Rows of tab-separated text as Postgres's COPY and ClickHouse's TabSeparated write it: both escape
 * by a backslash and write NULL as \N.
 */
export function parseTabSeparated(bytes: Buffer): Cells[] {
  const lines = bytes.toString('latin1').split('\n');
  if (lines.pop() !== '') throw new Error('the last line is cut short');
  return lines.map((line) => line.split('\t').map(unescape));
}

function unescape(cell: string): string | null {
  if (cell === '\\N') return null;
  return cell.includes('\\') ? cell.replaceAll(/\\(.)/gs, (_, letter: string) => ESCAPES[letter] ?? letter) : cell;
}

/** What Postgres itself writes for the rows of a query. */
export async function copyOut(client: pg.Client, query: string): Promise<Cells[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of client.query(to(`copy (${query}) to stdout`))) chunks.push(chunk as Buffer);
  return parseTabSeparated(Buffer.concat(chunks));
}

/** Writes rows of input texts by COPY. */
export async function copyIn(client: pg.Client, target: string, rows: readonly (readonly (string | null)[])[]): Promise<void> {
  await pipeline(Readable.from(rows.map(copyLine)), client.query(from(`copy ${target} from stdin`)));
}

function copyLine(row: readonly (string | null)[]): string {
  return `${row.map((cell) => (cell === null ? '\\N' : escape(cell))).join('\t')}\n`;
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
}
