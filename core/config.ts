import { z } from 'zod';
import {
  choice,
  clusterName,
  duration,
  exportSections,
  filePlace,
  flag,
  folder,
  freshnessTargets,
  globs,
  hostName,
  integer,
  lakeReading,
  policyName,
  port,
  salt,
  size,
  sourceUrl,
  tableSections,
  warehousePlace,
} from './config-value.ts';
import { TailraceError } from './errors.ts';
import { FreshnessContract } from './freshness-contract.ts';
import { MaskSalt } from './mask-salt.ts';
import { optional, READERS, ROLES, setting, settingInfos } from './setting.ts';
import { LAKE, MODELS, RULES, SOURCE, TABLES, WAREHOUSE } from './setting-groups.ts';
import type { CommandName, ReadBy, SettingInfo } from './setting.ts';
import { alertSettings } from './sections/alert-settings.ts';
import { lakeSettings } from './sections/lake-settings.ts';
import { sqlSettings } from './sections/sql-settings.ts';
import { tableRetention } from './sections/table-retention.ts';
import { TableRules } from './table-rule.ts';

/** Where the tables are built by default. */
export const DEFAULT_WAREHOUSE = './tailrace-data/warehouse';

/**
 * Every setting: its key in the file, its type, its default, its purpose and the commands that read
 * it. The flags (`--replicate-max-age`), the names in the environment
 * (`TAILRACE_REPLICATE_MAX_AGE`), the help and docs/CONFIG.md are made from this. Sizes are bytes,
 * times milliseconds.
 */
export const schema = z.object({
  source: optional(sourceUrl, 'none', 'the Postgres database to replicate', SOURCE),
  lake: setting(filePlace, './tailrace-data/lake', 'where batches and copies are stored', LAKE),
  ...lakeSettings,
  warehouse: setting(
    warehousePlace,
    DEFAULT_WAREHOUSE,
    'where the tables are built: a directory (embedded ClickHouse) or a ClickHouse server',
    WAREHOUSE,
  ),
  'warehouse.lakeAccess': setting(
    lakeReading,
    'keys',
    'how the warehouse reads a lake on S3: with the keys of compact, as the role of its own machine (server), as a role that it assumes, or not at all: compact sends the bytes, which is slower',
    ['check', 'compact', 'rebuild'],
  ),
  'warehouse.storagePolicy': optional(
    policyName,
    "the server's default",
    'ClickHouse storage policy of the storages of replicated tables, for other disks, S3 or tiers; storages that exist move with `rebuild`. State, rows of a running step, and models stay on the default policy',
    ['check', 'compact'],
  ),
  'warehouse.cluster': optional(
    clusterName,
    'none: the server alone',
    'the cluster whose node the server is, as its `system.clusters` names it; its shards and replicas are the warehouse (docs/CLUSTER.md)',
    WAREHOUSE,
  ),
  'warehouse.plaintext': setting(
    flag,
    'false',
    'allow http:// to a ClickHouse server on another machine, which sends passwords and rows unencrypted',
    WAREHOUSE,
  ),
  tables: optional(globs, 'all', 'tables to replicate, as globs over schema.table; * does not cross the dot, ! excludes', TABLES),
  models: optional(
    folder,
    'none',
    'directory of models: one file with one SELECT per table that is built from the replicated ones',
    MODELS,
  ),
  onGap: setting(
    choice('stop', 'resync'),
    'stop',
    'what to do when changes are missing: stop with an error, or copy every table again, at most three times a day',
    ['replicate'],
  ),
  sla: setting(duration, '30m', 'how far behind a table may be; `status` exits 1 when one is further behind', ['monitor', 'status']),
  freshness: optional(
    freshnessTargets,
    'sla for all',
    'how far behind individual tables may be, instead of sla; the first glob that matches a table counts',
    ['monitor', 'status'],
  ),
  ...sqlSettings,
  httpPort: optional(
    port,
    '8124, or a free one if it is in use',
    'port of the page, /metrics and /status; 0 picks a free one. A role that runs alone has /healthz and /readyz there, if it is set',
    ROLES,
  ),
  httpHost: setting(
    hostName,
    '127.0.0.1',
    'address that httpPort listens on; the page requires httpToken on an address that others can reach',
    ROLES,
  ),
  httpToken: optional(
    salt,
    'none',
    'secret that the page, /metrics and /status require (as a bearer token, as the password, or once as ?token=)',
    ['monitor'],
  ),
  s3PathStyle: setting(flag, 'false', 'put the bucket in the path of the URL, as most S3 servers other than AWS require', LAKE),
  logLevel: setting(choice('debug', 'info', 'warn', 'error'), 'info', 'lowest level to log', READERS),
  table: optional(
    tableSections,
    'none',
    'columns to exclude or mask, rows to filter (see docs/PRIVACY.md), for compact and lake another lake.retention, and for compact a history of versions (see docs/HISTORY.md), per table',
    [...RULES, 'compact', 'lake'],
  ),
  'mask.salt': optional(salt, 'none', 'secret that is added to every sha256 mask; required if there is one', RULES),
  'source.heartbeat': optional(
    duration,
    '60s; the catalog is looked at every 10s',
    'time between heartbeats, which tell every reader of the lake that the tables of an idle source are fresh',
    ['replicate', 'monitor', 'status'],
  ),
  'source.walBudget': optional(
    size,
    'half of the smaller of max_slot_wal_keep_size and the free disk space, if known',
    'WAL that the source may keep for tailrace: a warning at half of it, an alert at three quarters',
    ['replicate', 'monitor', 'status'],
  ),
  'source.walBudgetAction': setting(
    choice('alert', 'release'),
    'alert',
    'what to do when the WAL budget is used up: only alert, or also drop the slot to save the source; then run `resync --all`',
    ['monitor'],
  ),
  'source.streaming': setting(
    choice('on', 'off'),
    'on',
    'receive large transactions before they commit (off: only after; until then Postgres spills them to its disk)',
    ['replicate'],
  ),
  processes: optional(
    choice('one', 'each'),
    'one for at most 100 tables of at most 1 GiB together, each for more',
    'whether replicate, snapshot, compact and monitor share a process (one) or each role has its own, which takes more memory. The size is looked at when run starts; without this setting, roles also part when their process hangs, keeps dying or uses a whole core for a minute',
    ['run'],
  ),
  'replicate.memory': setting(size, '96MiB', 'memory for the column data of one batch; larger transactions are written in parts', [
    'replicate',
  ]),
  'replicate.maxAge': optional(duration, '500ms on a directory, 5s on S3', 'longest time to collect changes for a batch', [
    'replicate',
    'check',
  ]),
  'replicate.batchRows': setting(integer(1, 10_000_000), '200000', 'rows at which a batch is cut', ['replicate']),
  'replicate.batchBytes': setting(size, '64MiB', 'size at which a batch is cut, or a quarter of replicate.memory if that is less', [
    'replicate',
  ]),
  'snapshot.parallel': setting(integer(1, 64), '2', 'number of copies that run at once', ['snapshot', 'check']),
  'snapshot.chunkBytes': setting(size, '16MiB', 'size of one file of a copy', ['snapshot']),
  'snapshot.maxRate': optional(
    size,
    'no limit',
    'bytes per second that all copies together read from the source; a slower copy holds its snapshot of the source longer',
    ['snapshot'],
  ),
  'snapshot.maxHold': setting(
    duration,
    '4h',
    'longest time to hold a snapshot of the source, which holds back VACUUM; the rest is copied under a new one. Tables without a key may take longer',
    ['snapshot'],
  ),
  'compact.stepRows': setting(integer(1000, 10_000_000), '1000000', 'maximum rows in one step of a window', ['compact', 'rebuild']),
  'compact.parallel': optional(
    integer(1, 64),
    '1 embedded, 4 on a server',
    'tables whose changes are applied to the warehouse at the same time',
    ['compact'],
  ),
  'compact.stepBytes': setting(size, '256MiB', 'maximum bytes in one step of a window', ['compact', 'rebuild']),
  'transform.memory': setting(size, '300MiB', 'memory for one statement that builds a model', ['transform', 'export', 'test']),
  'transform.threads': optional(
    integer(1, 256),
    '2, or 1 on a machine with at most two cores',
    'threads of one statement that builds a model',
    ['transform', 'export', 'test'],
  ),
  export: optional(exportSections, 'none', 'tables and models to export as Parquet, each at its times; see docs/EXPORT.md', ['transform']),
  ...alertSettings,
});

export type Config = z.output<typeof schema>;
export type ConfigKey = keyof Config;

type ReadersOf<K extends ConfigKey> = (typeof schema.shape)[K] extends ReadBy<infer C> ? C : never;

type KeyReadBy<C extends CommandName> = { [K in ConfigKey]: C extends ReadersOf<K> ? K : never }[ConfigKey];

/** The settings that a command reads. One that does not name the command is a type error there. */
export type ConfigOf<C extends CommandName> = Pick<Config, KeyReadBy<C>>;

/** Settings without a flag: structures, and secrets that a list of processes would show. */
const WITHOUT_FLAG: ReadonlySet<ConfigKey> = new Set([
  'table',
  'freshness',
  'export',
  'mask.salt',
  'sqlToken',
  'sqlWriteToken',
  'alert.webhook',
  'alert.smtp',
]);

/** One setting as help, docs and the argument parser need it. */
export interface Setting extends SettingInfo {
  readonly key: ConfigKey;
  /** Without the dashes; null: only the file and the environment set it. */
  readonly flag: string | null;
  readonly environment: string;
  /** A flag that takes no value. */
  readonly isSwitch: boolean;
}

const KEYS = schema.keyof().options;

/** Every setting, in the order of the schema. */
export const SETTINGS: readonly Setting[] = KEYS.map((key) => {
  const info = settingInfos.get(schema.shape[key]);
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

/** The settings that a command reads, in the order of the schema: `config` all, `demo` none. */
export function settingsOf(command: CommandName): Setting[] {
  return SETTINGS.filter(({ readBy }) => command === 'config' || readBy.includes(command));
}

/** How far behind each table may be. */
export function freshnessContract(config: Pick<Config, 'sla' | 'freshness'>): FreshnessContract {
  return new FreshnessContract(config.freshness ?? [], config.sla);
}

/** How long the moments of each table can be restored, in milliseconds; null: for ever. */
export function retentionOf(config: Pick<Config, 'table' | 'lake.retention'>): (table: string) => number | null {
  return tableRetention(config.table ?? [], config['lake.retention']);
}

/** Which columns and rows the configuration excludes or masks, per table. */
export function tableRules(config: Pick<Config, 'table' | 'mask.salt'>): TableRules {
  return new TableRules(config.table ?? [], config['mask.salt'] === undefined ? null : new MaskSalt(config['mask.salt']));
}

/** The source's URL, which only some commands need. Throws BAD_CONFIG when it is not set. */
export function requireSource(config: Pick<Config, 'source'>): string {
  if (config.source !== undefined) return config.source;
  throw new TailraceError('BAD_CONFIG', 'source is not set; allowed: postgres://user@host:5432/database', {
    hint: 'Give --source or set TAILRACE_SOURCE.',
  });
}
