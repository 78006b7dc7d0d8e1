import { TailraceError } from '../core/errors.ts';
import { sql } from '../warehouse-sql/load.ts';
import type { Engine } from './engine.ts';
import { SERVER_INSERT_SETTINGS_IF_KNOWN } from './insert-settings.ts';
import { literalCh } from './names.ts';

/**
 * The least version of ClickHouse that is supported. `CREATE OR REPLACE VIEW` replaces atomically
 * from 24.10 on; 25.8 is the next version with long support.
 */
const LEAST_VERSION = '25.8';

/** The ClickHouse setting that allows a tuple to be NULL as a whole. */
export const NULLABLE_TUPLES = 'enable_nullable_tuple_type';

/**
 * From 26.7 on, a statement reads S3 with the role of the server's machine only if it sets this.
 */
export const OWN_ROLE = 's3_allow_server_credentials_in_user_queries';

/**
 * A query with FINAL reads the columns of the sort key first, and of the others only where a
 * condition on the key is true. The engine moves no other condition before FINAL.
 */
export const KEYS_FIRST = 'optimize_move_to_prewhere_if_final = 1';

/** Settings of statements that are sent only where they are known. */
const SETTINGS = [...Object.keys(SERVER_INSERT_SETTINGS_IF_KNOWN), NULLABLE_TUPLES, OWN_ROLE];

/** What has resolved survives a power loss. */
const DURABLE = { fsync_after_insert: 1, fsync_part_directory: 1 };

/** CLEANUP removes tombstones; both are off by default. */
const WITH_TOMBSTONES = { allow_nullable_key: 1, allow_experimental_replacing_merge_with_cleanup: 1 };

/** A look at a few keys reads a quarter of the rows that it would read by default. */
const FOR_LOOKUPS = { index_granularity: 2048 };

/** If quiet parts are merged (compactor/upkeep/quiet-merges.ts), then all of them, into one. */
const WHOLE_MERGES = { min_age_to_force_merge_on_partition_only: 1 };

/** The settings of our tables, by what the tables are for. */
export const TABLE_SETTINGS = {
  /** Positions, records and rows of one step: what the next start reads. */
  state: DURABLE,
  /** Rows of a table with a key. */
  storage: { ...WITH_TOMBSTONES, ...DURABLE, ...WHOLE_MERGES, ...FOR_LOOKUPS },
  /** Rows of a table without a key. */
  signed: { ...DURABLE, ...WHOLE_MERGES },
  /** Rows of a model that is always built whole. */
  model: { allow_nullable_key: 1, ...DURABLE },
  /** Rows of an incremental model. */
  incremental: { ...WITH_TOMBSTONES, ...DURABLE },
  /** A clone: its parts stay as they are. */
  clone: { min_age_to_force_merge_seconds: 0, max_bytes_to_merge_at_max_space_in_pool: 1 },
} as const satisfies Record<string, TableSettings>;

/** Values by the names of MergeTree settings. */
type TableSettings = Readonly<Record<string, number>>;

/** What an engine is: embedded, one server, or ClickHouse Cloud. */
export interface Place {
  /** As the engine says it, `25.8.1.5101`. */
  readonly version: string;
  /** ClickHouse Cloud: several nodes behind one address, over one storage of objects. */
  readonly cloud: boolean;
  /** Whether it knows a setting of statements. */
  knows(setting: string): boolean;
  /**
   * `a = 1, b = 2` of those that the engine knows and lets us set; empty: none. `fsync_…` is sent
   * only where there is one copy of the data, on a local disk. `policy`: storage policy of the
   * table, which is sent too; null: the default one of the engine.
   */
  tableSettings(wanted: TableSettings, policy?: string | null): string;
  /** Names of its storage policies. */
  readonly policies: readonly string[];
}

const KNOWN = new WeakMap<object, Promise<Place>>();

/**
 * What this engine is; asked once. `what`: its name in an error.
 * Errors: WAREHOUSE_TOO_OLD, and those of a query.
 */
export function placeOf(engine: Pick<Engine, 'query'>, what = 'the warehouse'): Promise<Place> {
  const known = KNOWN.get(engine);
  if (known !== undefined) return known;
  const asked = askPlace(engine, what);
  KNOWN.set(engine, asked);
  asked.catch(() => KNOWN.delete(engine));
  return asked;
}

/** Spares an engine the questions: `known` is of the same machine, and was asked. */
export function samePlace(engine: object, known: object): void {
  const place = KNOWN.get(known);
  if (place !== undefined) KNOWN.set(engine, place);
}

/**
 * The SETTINGS clause of a table that is created; empty: no setting is sent. `policy`: as in
 * `Place.tableSettings`.
 */
export async function settingsClause(engine: Pick<Engine, 'query'>, wanted: TableSettings, policy: string | null = null): Promise<string> {
  const settings = (await placeOf(engine)).tableSettings(wanted, policy);
  return settings === '' ? '' : `SETTINGS ${settings}`;
}

/** Errors: BAD_CONFIG when the engine has no such storage policy. */
export async function requirePolicy(engine: Pick<Engine, 'query'>, policy: string | null): Promise<void> {
  if (policy === null) return;
  const { policies } = await placeOf(engine);
  if (policies.includes(policy)) return;
  throw new TailraceError(
    'BAD_CONFIG',
    `warehouse.storagePolicy is "${policy}", and the warehouse has the storage policies ${policies.join(', ')}`,
  );
}

interface Answer {
  readonly cloud: string | null;
  readonly settings: readonly string[];
  readonly tableSettings: readonly string[];
  readonly localPolicies: readonly string[];
  readonly policies: readonly string[];
}

async function askPlace(engine: Pick<Engine, 'query'>, what: string): Promise<Place> {
  const version = (await engine.query<{ version: string }>(sql('version')))[0]?.version ?? '';
  if (isOlder(version, LEAST_VERSION))
    throw new TailraceError('WAREHOUSE_TOO_OLD', `${what} is ClickHouse ${version}, and tailrace needs ${LEAST_VERSION} or later`);
  const tableNames = new Set(Object.values(TABLE_SETTINGS).flatMap((settings) => Object.keys(settings)));
  const [answer] = await engine.query<Answer>(sql('place', { settings: literals(SETTINGS), table_settings: literals(tableNames) }));
  if (answer === undefined) throw new TailraceError('INTERNAL', 'the warehouse does not say what it is');
  return placeFrom(version, answer);
}

function placeFrom(version: string, answer: Answer): Place {
  const cloud = answer.cloud === '1';
  return {
    version,
    cloud,
    knows: (setting) => answer.settings.includes(setting),
    policies: answer.policies,
    tableSettings(wanted, policy = null) {
      const oneLocalCopy = !cloud && answer.localPolicies.includes(policy ?? 'default');
      const sent = Object.entries(wanted)
        .filter(([name]) => answer.tableSettings.includes(name) && (oneLocalCopy || !name.startsWith('fsync_')))
        .map(([name, value]) => `${name} = ${value}`);
      return [...sent, ...(policy === null ? [] : [`storage_policy = ${literalCh(policy)}`])].join(', ');
    },
  };
}

/** Compares year and month, `25.8`. */
function isOlder(version: string, least: string): boolean {
  const [year = 0, month = 0] = version.split('.').map(Number);
  const [leastYear = 0, leastMonth = 0] = least.split('.').map(Number);
  return year < leastYear || (year === leastYear && month < leastMonth);
}

function literals(names: Iterable<string>): string {
  return [...names].map(literalCh).join(', ');
}
