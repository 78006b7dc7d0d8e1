import { z } from 'zod';
import { TailraceError } from '../errors.ts';
import { tableGlob } from '../table-glob.ts';
import type { Mask, TableSection } from '../table-rule.ts';
import { parseRetention } from './table-retention.ts';

const KEYS = 'exclude (a list of columns), mask (column: sha256 or "null"), where (SQL), retention and history (each a time or forever)';

const RETENTION = 'a time such as 30d, or forever';
const HISTORY = 'a time such as 400d, or forever';

const MASKS: readonly Mask[] = ['sha256', 'null'];

const columnName = z.string('the name of a column').min(1, 'the name of a column');

/** YAML reads `phone: null` as null; the mask "null" is meant. */
const mask = z.preprocess((value) => (value === null ? 'null' : value), z.enum(MASKS, 'sha256 or "null"'));

const section = z.strictObject(
  {
    exclude: z.array(columnName, 'a list of columns').default([]),
    mask: z.record(columnName, mask, 'a map of column: sha256 or "null"').default({}),
    where: z.string('a condition in SQL').trim().min(1, 'a condition in SQL').optional(),
    retention: z
      .string(RETENTION)
      .refine((text) => parseRetention(text) !== null, RETENTION)
      .optional(),
    history: z
      .string(HISTORY)
      .refine((text) => parseRetention(text) !== null, HISTORY)
      .optional(),
  },
  KEYS,
);

const sections = z.record(z.string(), section, 'a map of schema.table: { exclude, mask, where, retention, history }');

/** Parses `table` from JSON. Throws BAD_CONFIG with the key, its value and the allowed values. */
export function parseTableSections(text: string): TableSection[] {
  const content = parseJson(text);
  const result = sections.safeParse(content);
  if (!result.success) throw badSection(content, result.error.issues[0]);
  return Object.entries(result.data).map(([glob, { exclude, mask: masks, where, retention, history }]) => {
    try {
      tableGlob(glob);
    } catch (cause) {
      throw new TailraceError('BAD_CONFIG', `table holds "${glob}"; allowed: globs over schema.table`, { cause });
    }
    const both = exclude.find((column) => column in masks);
    if (both !== undefined) throw new TailraceError('BAD_CONFIG', `table.${glob} both masks and excludes "${both}"; keep one of the two`);
    const kept = retention === undefined ? null : parseRetention(retention);
    const versions = history === undefined ? null : parseRetention(history);
    return {
      glob,
      exclude,
      mask: masks,
      where: where ?? null,
      ...(kept === null ? {} : { retention: kept }),
      ...(versions === null ? {} : { history: versions }),
    };
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TailraceError('BAD_CONFIG', 'table (from TAILRACE_TABLE) is not JSON; allowed: the section of the config file as JSON', {
      cause,
    });
  }
}

function badSection(content: unknown, issue: z.core.$ZodIssue | undefined): TailraceError {
  const path = issue?.path ?? [];
  const key = ['table', ...path].join('.');
  if (issue?.code === 'unrecognized_keys')
    return new TailraceError('BAD_CONFIG', `${key} has "${issue.keys.join(', ')}"; allowed: ${KEYS}`);
  let value = content;
  for (const step of path) value = value !== null && typeof value === 'object' ? Reflect.get(value, step) : undefined;
  return new TailraceError('BAD_CONFIG', `${key} is ${JSON.stringify(value)}; allowed: ${issue?.message ?? KEYS}`);
}
