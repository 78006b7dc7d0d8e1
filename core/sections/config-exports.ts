import { z } from 'zod';
import { cronFault } from '../cron-time.ts';
import type { CronTime } from '../cron-time.ts';
import { TailraceError } from '../errors.ts';
import { parseQualifiedName, qualifiedName } from '../table.ts';

/** A table that is exported at the times of a cron pattern. */
export interface ExportPlan {
  /** `schema.table` or `database.model` */
  readonly table: string;
  /** a directory or s3://bucket/prefix */
  readonly to: string;
  readonly cron: CronTime;
  /** The column whose values become folders; null: none. */
  readonly partition: string | null;
  /** How many exports stay; null: all. */
  readonly keep: number | null;
}

const KEYS = 'to (a directory or s3://bucket/prefix), cron, timezone, partition (a column) and keep (a number)';
const PLACE = 'a directory or s3://bucket/prefix';
const NUMBER = 'a whole number from 1 on';

const section = z.strictObject(
  {
    to: z
      .string(PLACE)
      .trim()
      .min(1, PLACE)
      .refine((to) => /^s3:\/\/[^/\s]+/.test(to) || !/^[a-z][a-z0-9+.-]*:/i.test(to), PLACE),
    cron: z.string('a cron pattern such as "0 3 1 */3 *"').trim().min(1, 'a cron pattern such as "0 3 1 */3 *"'),
    timezone: z.string('a timezone such as UTC or Europe/Berlin').default('UTC'),
    partition: z.string('the name of a column').min(1, 'the name of a column').optional(),
    keep: z.int(NUMBER).min(1, NUMBER).optional(),
  },
  KEYS,
);

const sections = z.record(z.string(), section, 'a map of database.table: { to, cron, timezone, partition, keep }');

/**
 * Parses `export` from JSON. Throws BAD_CONFIG with the key, its value and the allowed values.
 */
export function parseExports(text: string): ExportPlan[] {
  const content = parseJson(text);
  const result = sections.safeParse(content);
  if (!result.success) throw badSection(content, result.error.issues[0]);
  const plans = Object.entries(result.data).map(([name, { to, cron: pattern, timezone, partition = null, keep = null }]) => {
    const cron = { pattern, timezone };
    const fault = cronFault(cron);
    if (fault !== null)
      throw new TailraceError(
        'BAD_CONFIG',
        `export.${name}: ${fault}; allowed: a cron pattern such as "0 3 1 */3 *" and a timezone such as UTC`,
      );
    return { table: tableOf(name), to, cron, partition, keep };
  });
  const twice = plans.find(({ table }, index) => plans.findIndex((other) => other.table === table) !== index);
  if (twice !== undefined) throw new TailraceError('BAD_CONFIG', `export has ${twice.table} twice; allowed: each table once`);
  return plans;
}

function tableOf(name: string): string {
  try {
    const parts = parseQualifiedName(name);
    return qualifiedName(parts.schema, parts.name);
  } catch (cause) {
    throw new TailraceError('BAD_CONFIG', `export holds "${name}"; allowed: the name of one table as database.table`, { cause });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TailraceError('BAD_CONFIG', 'export (from TAILRACE_EXPORT) is not JSON; allowed: the section of the config file as JSON', {
      cause,
    });
  }
}

function badSection(content: unknown, issue: z.core.$ZodIssue | undefined): TailraceError {
  const path = issue?.path ?? [];
  const key = ['export', ...path].join('.');
  if (issue?.code === 'unrecognized_keys')
    return new TailraceError('BAD_CONFIG', `${key} has "${issue.keys.join(', ')}"; allowed: ${KEYS}`);
  let value = content;
  for (const step of path) value = value !== null && typeof value === 'object' ? Reflect.get(value, step) : undefined;
  return new TailraceError('BAD_CONFIG', `${key} is ${JSON.stringify(value)}; allowed: ${issue?.message ?? KEYS}`);
}
