import { createHash } from 'node:crypto';
import { silentLogger } from '../../core/log.ts';
import { parseLsn } from '../../core/lsn.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import { DirectoryStore } from '../../lake/store/directory-store.ts';
import { missingValue } from '../../lake/schemas/schema-export.ts';
import { readSchemaHistory, versionText } from '../../lake/schemas/schema-history.ts';
import { tapLines } from '../../lake/tap/tap.ts';
import type { TapStart } from '../../lake/tap/tap-start.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { FoldedLines, parseLines } from '../support/tap/fold-lines.ts';
import type { TapLine } from '../support/tap/fold-lines.ts';
import { rowDifference, sourceRows, sourceTables } from './comparison.ts';
import type { Rules, SourceColumn } from './comparison.ts';

/** From how many lines a tap begins again. */
const BEGUN_AGAIN = 5;

/**
 * Folds what a tap of the whole lake prints, and compares it with the source, both standing still.
 * Then begins again at some of its lines, as a program does that was killed there. Returns the
 * differences in words.
 */
export async function compareTap(source: TestDatabase, lake: string, rules: Rules): Promise<string[]> {
  const store = new DirectoryStore(lake);
  const newest = await new ManifestLog(store, silentLogger()).newest(null);
  if (newest === null) return [];
  const tapped = async (from: TapStart): Promise<TapLine[]> => {
    let text = '';
    const options = { to: parseLsn(newest.to), tables: [], log: silentLogger(), signal: AbortSignal.timeout(60_000) };
    for await (const lines of tapLines({ ...options, store, from })) text += lines;
    return parseLines(text);
  };
  const { tables } = await readSchemaHistory(store, new ManifestLog(store, silentLogger()));
  const shapes = new Map(tables.map((versions) => [versions.at(-1)?.schema.oid ?? 0, versions.at(-1)?.schema.columns ?? []]));
  const missingOf = (oid: number): Readonly<Record<string, unknown>> =>
    Object.fromEntries((shapes.get(oid) ?? []).map((column) => [column.name, missingValue(column) ?? null]));
  const columnsOf = new Map(tables.flat().map((one) => [`${one.schema.oid} ${versionText(one)}`, one.schema.columns]));
  const nameOf = ({ oid, schema }: TapLine, name: string): string | undefined => {
    const attnum = columnsOf.get(`${oid} ${schema}`)?.find((column) => column.name === name)?.attnum;
    return shapes.get(oid)?.find((column) => column.attnum === attnum)?.name;
  };
  const whole = await tapped('start');
  const folded = new FoldedLines({ missingOf, nameOf });
  for (const line of whole) folded.take(line);
  const differences: string[] = [];
  for (const table of await sourceTables(source, rules)) {
    const rows = folded
      .all(Number(table.oid))
      .map((row) => JSON.stringify(cellsOf({ ...missingOf(Number(table.oid)), ...row }, table.columns)));
    differences.push(...rowDifference(`the tap of ${table.schema}.${table.name}`, await sourceRows(source, table), rows));
  }
  for (let again = 1; again <= BEGUN_AGAIN; again += 1) {
    const at = Math.floor((whole.length * again) / (BEGUN_AGAIN + 1));
    const line = whole[at];
    if (line === undefined) continue;
    const rest = await tapped(parseLsn(line.lsn));
    const follows = rest.findIndex((one) => place(one) === place(line)) + 1;
    if (follows === 0 || textsOf(rest.slice(follows)) !== textsOf(whole.slice(at + 1)))
      differences.push(`a tap that begins again at line ${at}, ${JSON.stringify(line).slice(0, 200)}, has other lines`);
  }
  return differences;
}

/** Copies of tables that came whole are not truncated first where a tap begins. */
function textsOf(lines: readonly TapLine[]): string {
  return JSON.stringify(lines.filter(({ op, ordinal }) => op !== 'truncate' || ordinal > 0));
}

function place({ lsn, ordinal, oid, op, copied = 0 }: TapLine): string {
  return [lsn, ordinal, oid, op, copied].join(' ');
}

/** The texts of a row as the comparison has those of the source. */
function cellsOf(row: Readonly<Record<string, unknown>>, columns: readonly SourceColumn[]): (string | null)[] {
  if (columns.length === 0) return [null];
  return columns.map(({ name, type }) => {
    const value = row[name] ?? null;
    return value === null ? null : short(textOf(value, type));
  });
}

function textOf(value: unknown, type: string): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  if (type === 'bytea') return value.slice(2);
  if (!type.startsWith('timestamp')) return value;
  const [, seconds = '', fraction = ''] = /^([^.+]*)(?:\.(\d+))?/.exec(value) ?? [];
  return `${seconds}.${fraction.padEnd(6, '0')}`;
}

function short(text: string): string {
  const letters = Array.from(text);
  if (letters.length <= 60) return text;
  return `${letters.slice(0, 20).join('')}…${letters.length} ${createHash('md5').update(text).digest('hex')}`;
}
