import { z } from 'zod';
import {
  choice,
  duration,
  filePlace,
  flag,
  freshnessPromises,
  globs,
  hostName,
  integer,
  mailAddress,
  port,
  salt,
  shellCommand,
  size,
  smtpUrl,
  sourceUrl,
  tableSections,
  warehousePlace,
  webUrl,
} from './config-value.ts';
import type { ValueKind } from './config-value.ts';
import { TailraceError } from './errors.ts';
import { FreshnessContract } from './freshness-contract.ts';
import { MaskSalt } from './mask-salt.ts';
import { TableRules } from './table-rule.ts';

/**
 * What is known about a setting besides its type. `default` is the text a person would write, or
 * null when there is none.
 */
export interface SettingInfo extends ValueKind {
  readonly help: string;
  readonly default: string | null;
  /** In place of `default` in help and docs where the value depends on something else. */
  readonly defaultSays: string;
}

interface Kind<T> {
  readonly described: ValueKind;
  readonly type: z.ZodType<T, string>;
}

const infos = z.registry<SettingInfo>();

function setting<T>(kind: Kind<T>, initial: string, help: string) {
  return kind.type.prefault(initial).register(infos, { ...kind.described, help, default: initial, defaultSays: initial });
}

function optional<T>(kind: Kind<T>, defaultSays: string, help: string) {
  return kind.type.optional().register(infos, { ...kind.described, help, default: null, defaultSays });
}

/** Where the tables are built when nobody says. */
export const DEFAULT_WAREHOUSE = './tailrace-data/warehouse';

/**
 * Every setting: its key in the file, its type, its default and what it is for. Flags
 * (`--replicate-max-age`), names in the environment (`TAILRACE_REPLICATE_MAX_AGE`), the help and
 * docs/CONFIG.md are made from this. Sizes are bytes, times milliseconds.
 */
const schema = z.object({
  source: optional(sourceUrl, 'none', 'the Postgres database to replicate'),
  lake: setting(filePlace, './tailrace-data/lake', 'where batches and snapshots are kept'),
  warehouse: setting(warehousePlace, DEFAULT_WAREHOUSE, 'where the tables are built: a directory (embedded) or a ClickHouse server'),
  tables: optional(globs, 'all', 'which tables, as globs over schema.table; * does not cross the dot, ! leaves tables out'),
  table: optional(tableSections, 'none', 'what of a table is left out, masked or filtered (docs/PRIVACY.md)'),
  'mask.salt': optional(salt, 'none', 'secret that goes into every sha256 mask; needed where there is one'),
  sqlPort: optional(port, '8123, or any free one', 'port of the read-only SQL endpoint of an embedded warehouse; 0 = any free one'),
  httpPort: optional(port, '8124, or any free one', 'port of the page, /metrics and /status; 0 = any free one'),
  httpHost: setting(hostName, '127.0.0.1', 'address the page listens on; where others can reach it, httpToken is needed'),
  httpToken: optional(salt, 'none', 'whoever wants to see the page, /metrics or /status must know it (bearer, password, or ?token= once)'),
  s3PathStyle: setting(flag, 'false', 'address buckets as a path (most S3 servers other than AWS)'),
  onGap: setting(
    choice('stop', 'resync'),
    'stop',
    'what to do when changes are missing: stop and say so, or copy every table again, at most three times a day',
  ),
  logLevel: setting(choice('debug', 'info', 'warn', 'error'), 'info', 'least level of what is logged'),
  sla: setting(duration, '30m', 'how fresh the tables are promised to be; status ends 1 when they are not'),
  freshness: optional(freshnessPromises, 'sla for all', 'how fresh single tables are promised to be; the first that is for a table counts'),
  'source.heartbeat': optional(duration, '10s on a directory, 60s on S3', 'how often an idle source is proven fresh'),
  'source.walBudget': optional(
    size,
    'half of the smaller of max_slot_wal_keep_size and the free disk, where they are known',
    'WAL that the source may keep for us: a warning at half of it, an alert at three quarters',
  ),
  'source.walBudgetAction': setting(
    choice('alert', 'release'),
    'alert',
    'what happens when the WAL budget is used up: tell, or also give the slot up to save the source; then `resync --all` leads out',
  ),
  'source.streaming': setting(
    choice('on', 'off'),
    'on',
    'take large transactions while they run; off: at their commit, until when the source keeps them on its disk',
  ),
  'replicate.memory': setting(size, '96MiB', 'memory for the column data of one batch; larger transactions are written in parts'),
  'replicate.maxAge': optional(duration, '500ms on a directory, 5s on S3', 'a batch is cut at this age at the latest'),
  'replicate.batchRows': setting(integer(1, 10_000_000), '200000', 'a batch is cut at this number of rows'),
  'replicate.batchBytes': setting(
    size,
    '64MiB',
    'a batch is cut at this size at the latest, and at a quarter of the memory where that is less',
  ),
  'snapshot.parallel': setting(integer(1, 64), '2', 'how many copies run at once'),
  'snapshot.chunkBytes': setting(size, '16MiB', 'size of one file of a copy'),
  'snapshot.maxRate': optional(
    size,
    'no limit',
    'bytes per second that copies read from the source, all together; a slower copy keeps its snapshot of the source for longer',
  ),
  'snapshot.maxHold': setting(
    duration,
    '4h',
    'longest time for which a snapshot of the source is held, as it keeps VACUUM from its work; what is left is copied under another one. Tables without a key may take longer',
  ),
  'compact.stepRows': setting(integer(1000, 10_000_000), '1000000', 'most rows of one step of a window'),
  'compact.stepBytes': setting(size, '256MiB', 'most bytes of one step of a window'),
  'alert.webhook': optional(webUrl, 'none', 'where alerts are posted as JSON, as Slack takes it'),
  'alert.command': optional(shellCommand, 'none', 'shell command that gets each alert as JSON on its stdin'),
  'alert.smtp': optional(smtpUrl, 'none', 'mail server for alerts; alert.mailTo says to whom'),
  'alert.mailTo': optional(mailAddress, 'none', 'who gets alerts by mail'),
  'alert.mailFrom': optional(mailAddress, 'alert.mailTo', 'sender of alerts by mail'),
  'alert.longTransaction': setting(duration, '10m', 'a transaction that is open at the source for longer is told of'),
});

export type Config = z.output<typeof schema>;
export type ConfigKey = keyof Config;

/** Settings that have no flag: structures, and secrets that a list of processes would show. */
const WITHOUT_FLAG: ReadonlySet<ConfigKey> = new Set(['table', 'freshness', 'mask.salt', 'alert.webhook', 'alert.smtp']);

/** One setting as help, docs and the argument parser need it. */
export interface Setting extends SettingInfo {
  readonly key: ConfigKey;
  /** Without the dashes; null: it is set in the file or the environment. */
  readonly flag: string | null;
  readonly environment: string;
  /** A flag that takes no value. */
  readonly isSwitch: boolean;
}

const KEYS = schema.keyof().options;

/** Every setting, in the order of the schema. */
export const SETTINGS: readonly Setting[] = KEYS.map((key) => {
  const info = infos.get(schema.shape[key]);
  if (info === undefined) throw new Error(`setting ${key} is not described`);
  const words = key.replace('.', '-').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return {
    ...info,
    key,
    flag: WITHOUT_FLAG.has(key) ? null : words,
    environment: `TAILRACE_${words.replaceAll('-', '_').toUpperCase()}`,
    isSwitch: info.placeholder === '',
  };
});

export type ConfigText = Readonly<Partial<Record<ConfigKey, string>>>;

/**
 * Where values may come from, strongest first. Flags and environment are looked up by their own
 * names, the file by key.
 */
export interface ConfigSources {
  readonly flags: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file: ReadonlyMap<string, string>;
}

/**
 * Flag > environment > file > default. `text` holds what was set, as it was written. Throws
 * BAD_CONFIG.
 */
export function resolveConfig(sources: ConfigSources): { config: Config; text: ConfigText } {
  for (const [key, value] of sources.file) {
    if (KEYS.some((known) => known === key)) continue;
    throw new TailraceError(
      'BAD_CONFIG',
      `"${key}" (value "${shownValue(key, value)}") is not a setting; the settings are ${KEYS.join(', ')}`,
    );
  }
  const text: Partial<Record<ConfigKey, string>> = {};
  for (const { key, flag: name, environment } of SETTINGS) {
    const value =
      (name === null ? undefined : sources.flags[name]) ?? (sources.environment[environment] || undefined) ?? sources.file.get(key);
    if (value !== undefined) text[key] = value;
  }
  const result = schema.safeParse(text);
  if (result.success) {
    requireSalt(result.data);
    return { config: result.data, text };
  }
  const bad = SETTINGS.find(({ key }) => key === result.error.issues[0]?.path[0]);
  throw new TailraceError('BAD_CONFIG', bad === undefined ? result.error.message : badValue(bad, sources, text[bad.key] ?? ''));
}

function badValue(bad: Setting, sources: ConfigSources, value: string): string {
  const place =
    bad.flag !== null && bad.flag in sources.flags ? `--${bad.flag}` : sources.environment[bad.environment] ? bad.environment : 'the file';
  return `${bad.key} (from ${place}) is "${shownValue(bad.key, value)}"; allowed is ${bad.allowed}`;
}

/**
 * A password may hold what ends a URL in a text, so nothing between the user and the last @ is
 * shown, whether it is a URL or only nearly one; nor what a key says is secret.
 */
function shownValue(key: string, value: string): string {
  return /pass|secret|token|salt|webhook|smtp/i.test(key) ? '***' : value.replace(/^(.*?:\/\/)?([^:@]*):.*@/s, '$1$2:***@');
}

function requireSalt(config: Config): void {
  if (config['mask.salt'] !== undefined) return;
  const masking = (config.table ?? []).find(({ mask }) => Object.values(mask).includes('sha256'));
  if (masking === undefined) return;
  throw new TailraceError(
    'BAD_CONFIG',
    `mask.salt is not set, and table.${masking.glob}.mask asks for sha256; allowed is ${salt.described.allowed}`,
    {
      hint: 'Set TAILRACE_MASK_SALT.',
    },
  );
}

/** How fresh each table is promised to be. */
export function freshnessContract(config: Config): FreshnessContract {
  return new FreshnessContract(config.freshness ?? [], config.sla);
}

/** What the configuration leaves out of which table. */
export function tableRules(config: Config): TableRules {
  return new TableRules(config.table ?? [], config['mask.salt'] === undefined ? null : new MaskSalt(config['mask.salt']));
}

/** What was set, as environment of a process that is to have the same configuration. */
export function configEnvironment(text: ConfigText): Record<string, string> {
  return Object.fromEntries(SETTINGS.flatMap(({ key, environment }) => (text[key] === undefined ? [] : [[environment, text[key]]])));
}

/** The source's URL, which only some commands need. Throws BAD_CONFIG when it is not set. */
export function requireSource(config: Config): string {
  if (config.source !== undefined) return config.source;
  throw new TailraceError('BAD_CONFIG', 'source is not set; allowed is postgres://user@host:5432/database', {
    hint: 'Give --source or set TAILRACE_SOURCE.',
  });
}
