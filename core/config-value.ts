import { z } from 'zod';
import { parseExports } from './sections/config-exports.ts';
import { parseDatabaseGlobs } from './sections/database-globs.ts';
import { parseTableSections } from './sections/config-table.ts';
import { parseRetention } from './sections/table-retention.ts';
import type { FreshnessTarget } from './freshness-contract.ts';
import { parseLakeReading } from './sections/lake-reading.ts';
import { parseDuration, parseSize } from './sections/units.ts';
import { tableGlob } from './table-glob.ts';

/** `a, b or c` */
const ALTERNATIVES = new Intl.ListFormat('en-GB', { type: 'disjunction' });

/** One kind of value, as the help, the docs and an error describe it. */
export interface ValueKind {
  /** Placeholder in the help, for example SIZE. */
  readonly placeholder: string;
  /** The allowed values, as part of a sentence. */
  readonly allowed: string;
}

/** A list of globs; commas inside double quotes do not divide. */
export function parseGlobs(text: string): string[] | null {
  const parts = text.match(/(?:"(?:[^"]|"")*"|[^,"])+/g) ?? [];
  const globs = parts.map((part) => part.trim()).filter((part) => part !== '');
  return globs.length > 0 ? globs : null;
}

/** Text → value in zod's terms: null from `parse` is a bad value. */
function kind<T>(described: ValueKind, parse: (text: string) => T | null) {
  return {
    described,
    type: z.string().transform((text, context): T => {
      const value = parse(text);
      if (value !== null) return value;
      context.addIssue({ code: 'custom', message: described.allowed });
      return z.NEVER;
    }),
  };
}

export const size = kind({ placeholder: 'SIZE', allowed: 'a size such as 64MiB, 500KB or 1GiB' }, parseSize);

export const duration = kind({ placeholder: 'TIME', allowed: 'a time such as 500ms, 10s, 30m, 2h or 7d' }, parseDuration);

export const flag = kind({ placeholder: '', allowed: 'true or false' }, (text) =>
  text === 'true' ? true : text === 'false' ? false : null,
);

/** A time that is at least this long. */
export function durationFrom(least: string) {
  const leastMs = parseDuration(least) ?? 0;
  return kind({ placeholder: 'TIME', allowed: `a time of at least ${least}, such as 1h, 24h or 7d` }, (text) => {
    const ms = parseDuration(text);
    return ms === null || ms < leastMs ? null : ms;
  });
}

/** A time, or `forever`. */
export const retention = kind({ placeholder: 'TIME|forever', allowed: 'a time such as 1h, 7d or 90d, or forever' }, parseRetention);

export const globs = kind({ placeholder: 'GLOB,…', allowed: 'globs over schema.table, separated by commas' }, parseGlobs);

export const databases = kind(
  {
    placeholder: 'DATABASE,…',
    allowed:
      'names of databases or globs over them, separated by commas; none of them is system, information_schema or begins with tailrace',
  },
  parseDatabaseGlobs,
);

export const port = integer(0, 65535, 'PORT');

export const filePlace = kind({ placeholder: 'DIR|s3://bucket/prefix', allowed: 'a directory or s3://bucket/prefix' }, (text) =>
  /^s3:\/\/[^/\s]+/.test(text) || isFolder(text) ? text : null,
);

export const folder = kind({ placeholder: 'DIR', allowed: 'a directory' }, (text) => (isFolder(text) ? text : null));

export const warehousePlace = kind({ placeholder: 'DIR|http(s)://…', allowed: 'a directory or http(s)://user@host:8123' }, (text) =>
  isServer(text) || isFolder(text) ? text : null,
);

export const policyName = kind({ placeholder: 'NAME', allowed: 'the name of a storage policy of the server' }, (text) =>
  /^\w[\w-]*$/.test(text) ? text : null,
);

export const clusterName = kind({ placeholder: 'NAME', allowed: 'the name of a cluster in system.clusters of the server' }, (text) =>
  /^[\w.-]+$/.test(text) ? text : null,
);

export const lakeReading = kind(
  { placeholder: 'keys|server|send|role:ARN', allowed: 'keys, server, send or role:arn:aws:iam::123456789012:role/NAME' },
  parseLakeReading,
);

/** The same forms as psql accepts; postgres/session/conninfo.ts parses them. */
export const sourceUrl = kind(
  { placeholder: 'URL', allowed: 'postgres://user@host:5432/database?sslmode=verify-full, or host=… dbname=… user=…' },
  (text) => (/^(postgres(ql)?:\/\/|\s*[\w-]+\s*=)/.test(text) ? text : null),
);

export const hostName = kind(
  { placeholder: 'HOST', allowed: 'an address or host name of this machine, such as 127.0.0.1, :: or 0.0.0.0' },
  (text) => (/^[A-Za-z0-9.:_-]+$/.test(text) ? text : null),
);

export const webUrl = kind({ placeholder: 'URL', allowed: 'http(s)://host/path' }, (text) =>
  isUrl(text, ['http:', 'https:']) ? text : null,
);

export const smtpUrl = kind({ placeholder: 'URL', allowed: 'smtp(s)://user:password@host:587' }, (text) =>
  isUrl(text, ['smtp:', 'smtps:']) ? text : null,
);

export const mailAddress = kind(
  { placeholder: 'ADDRESS', allowed: 'an address such as ops@example.com, or several separated by commas' },
  (text) => (/^[^@\s,]+@[^@\s,]+(,\s*[^@\s,]+@[^@\s,]+)*$/.test(text) ? text : null),
);

export const shellCommand = kind({ placeholder: 'COMMAND', allowed: 'a command for /bin/sh' }, (text) =>
  text.trim() === '' ? null : text,
);

/** A map in the file, JSON elsewhere. */
export const tableSections = kind(
  {
    placeholder: 'JSON',
    allowed:
      'a map of schema.table (or a glob): { exclude: [column], mask: { column: sha256 or "null" }, where: SQL, retention: a time or forever, history: a time or forever }',
  },
  parseTableSections,
);

/** A map in the file, JSON elsewhere. */
export const freshnessTargets = kind(
  { placeholder: 'JSON', allowed: 'a map of schema.table (or a glob, or * for all) to a time: { public.orders: 60s }' },
  parseFreshnessTargets,
);

/** A map in the file, JSON elsewhere. */
export const exportSections = kind(
  {
    placeholder: 'JSON',
    allowed: 'a map of database.table: { to: DIR or s3://…, cron: "0 3 1 */3 *", timezone: UTC, partition: column, keep: 4 }',
  },
  parseExports,
);

function parseFreshnessTargets(text: string): FreshnessTarget[] | null {
  const map = targetMap.safeParse(text);
  if (!map.success) return null;
  const targets = Object.entries(map.data).map(([glob, time]) => ({ glob, ms: isTableGlob(glob) ? parseDuration(time) : null }));
  return targets.every((one): one is FreshnessTarget => one.ms !== null) ? targets : null;
}

const targetMap = z.preprocess(
  (text) => {
    try {
      return JSON.parse(String(text)) as unknown;
    } catch {
      return null;
    }
  },
  z.record(z.string(), z.string()),
);

/** Whether it is a glob over schema.table, or `*` for all tables. */
export function isTableGlob(glob: string): boolean {
  if (glob === '*') return true;
  try {
    tableGlob(glob);
    return true;
  } catch {
    return false;
  }
}

const LEAST_SALT = 16;

export const salt = kind({ placeholder: 'TEXT', allowed: `a text of at least ${LEAST_SALT} characters` }, (text) =>
  text.length >= LEAST_SALT ? text : null,
);

/** A whole number between two bounds. */
export function integer(least: number, greatest: number, placeholder = 'N') {
  return kind({ placeholder, allowed: `a whole number from ${least} to ${greatest}` }, (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= greatest ? value : null;
  });
}

/** One of a few words. */
export function choice<const T extends string>(...words: readonly T[]) {
  return kind({ placeholder: words.join('|'), allowed: ALTERNATIVES.format(words) }, (text) => words.find((word) => word === text) ?? null);
}

/**
 * Whether a text can only mean a folder. Text that is nearly a URL does not count: it has a scheme,
 * a host with a port, a user with a password, or quotes around it. As a folder, its password would
 * become a name on the disk.
 */
function isFolder(text: string): boolean {
  const nearlyUrl =
    /:\/\/|^[a-z][a-z0-9+.-]*:\/|:[^/]*@|^[\w.-]+:\d+(?:\/|$)|^(?:https?|s3|gs|file|postgres(?:ql)?|clickhouse):|password=/i;
  return text !== '' && text === text.trim() && !/^["'`]|["'`]$/.test(text) && !nearlyUrl.test(text);
}

/** A URL in the exact form that every reader of the setting takes for a server. */
function isServer(text: string): boolean {
  return text === text.trim() && /^https?:\/\/[^/]/.test(text) && isUrl(text, ['http:', 'https:']);
}

function isUrl(text: string, protocols: readonly string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol);
}
