import { parseDuration } from '../core/sections/units.ts';
import { badModel, parseHeader } from '../core/sql-header.ts';
import { oneSelect, RefusedSelect } from '../warehouse/select/select-tables.ts';
import { EVERY_MS } from './watch-limits.ts';
import type { WatchedText } from './watched-query.ts';

const CHARTS = ['number', 'line', 'bar', 'table'] as const;
type Chart = (typeof CHARTS)[number];

/** A file of DIR/reports: one SELECT and how it is shown. */
export interface Report extends WatchedText {
  /** The name of the file without `.sql`. */
  readonly name: string;
  /** What a row is, in words. */
  readonly about: string;
  readonly title: string;
  readonly chart: Chart;
  /** The column along the horizontal axis; null: the first. */
  readonly x: string | null;
  /** The columns that are drawn; empty: all that are left. */
  readonly y: readonly string[];
  /** The column whose values divide the rows into lines of their own; null: none. */
  readonly series: string | null;
}

type HeaderLine = ReturnType<typeof parseHeader>['headers'][number];

const KEYS = ['title', 'chart', 'x', 'y', 'series', 'every'] as const;
type Key = (typeof KEYS)[number];
const LEAST_EVERY_MS = 100;

/** The text of a report. `file` is its path, for errors: BAD_MODEL with file and line. */
export function parseReport(name: string, text: string, file: string): Report {
  const { about, headers, body, bodyLine } = parseHeader(text, file);
  const lines = new Map<Key, HeaderLine>();
  for (const header of headers) {
    const key = KEYS.find((one) => one === header.key);
    if (key === undefined)
      throw badModel(file, header.line, `@${header.key} is not a header of a report`, `Use ${KEYS.map((one) => `@${one}`).join(', ')}.`);
    if (lines.has(key)) throw badModel(file, header.line, `@${key} stands there twice`, 'Remove one of the two.');
    if (header.value === '') throw badModel(file, header.line, `@${key} has no value`, 'Give it one, or remove the line.');
    lines.set(key, header);
  }
  const value = (key: Key): string | null => lines.get(key)?.value ?? null;
  return {
    name,
    about,
    title: value('title') ?? name.replaceAll('_', ' '),
    chart: chartOf(lines.get('chart'), file),
    x: value('x'),
    y: (value('y') ?? '').split(',').flatMap((column) => column.trim() || []),
    series: value('series'),
    everyMs: everyOf(lines.get('every'), file),
    select: selectOf(body, bodyLine, file),
  };
}

function chartOf(header: HeaderLine | undefined, file: string): Chart {
  if (header === undefined) return 'table';
  const chart = CHARTS.find((one) => one === header.value);
  if (chart === undefined) throw badModel(file, header.line, `"${header.value}" is not a chart`, `Use ${CHARTS.join(', ')}.`);
  return chart;
}

function everyOf(header: HeaderLine | undefined, file: string): number {
  if (header === undefined) return EVERY_MS;
  const every = parseDuration(header.value);
  if (every === null || every < LEAST_EVERY_MS)
    throw badModel(file, header.line, `"${header.value}" is not a time of at least ${LEAST_EVERY_MS}ms`, 'Write it like 500ms, 10s or 5m.');
  return every;
}

function selectOf(body: string, bodyLine: number, file: string): string {
  try {
    return oneSelect(body);
  } catch (error) {
    if (!(error instanceof RefusedSelect)) throw error;
    throw badModel(file, bodyLine + error.line - 1, error.what, error.hint);
  }
}
