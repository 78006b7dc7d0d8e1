import { TailraceError } from '../../core/errors.ts';
import type { SqlConnection } from '../session/connect.ts';

/** Facts about the server, its settings and our role. Settings are in the unit of pg_settings. */
export interface ServerFacts {
  readonly versionNumber: number;
  readonly version: string;
  readonly standby: boolean;
  readonly encrypted: boolean;
  /** quote_ident of the current user and database, for the SQL of fixes. */
  readonly user: string;
  readonly database: string;
  readonly superuser: boolean;
  readonly replicationRole: boolean;
  /** The server runs on Amazon RDS, where membership in a role replaces the attribute. */
  readonly rdsRole: boolean;
  readonly mayCreate: boolean;
  readonly mayEmit: boolean;
  readonly settings: Readonly<Record<string, string>>;
  readonly usedSlots: number;
  readonly usedSenders: number;
  readonly usedConnections: number;
  readonly encoding: string;
  /** Long transactions that have written. They block the creation of a slot. */
  readonly oldWriters: readonly { readonly pid: number; readonly seconds: number }[];
  /**
   * Prepared transactions of the whole server, which block it too. `elsewhere`: the database, if it
   * is not ours.
   */
  readonly prepared: readonly { readonly gid: string; readonly elsewhere: string | null }[];
  readonly serverTimeMs: number;
  /** Slots of tailrace in this database, of any lake. */
  readonly slots: readonly OwnSlot[];
}

export interface OwnSlot {
  readonly name: string;
  readonly plugin: string;
  readonly twoPhase: boolean;
  readonly walStatus: string;
  readonly published: boolean;
}

const SETTINGS = [
  'wal_level',
  'max_replication_slots',
  'max_wal_senders',
  'max_connections',
  'max_slot_wal_keep_size',
  'idle_replication_slot_timeout',
  'wal_sender_timeout',
  'logical_decoding_work_mem',
  'synchronized_standby_slots',
  'synchronous_standby_names',
];

const FACTS = `
select json_build_object(
  'versionNumber', current_setting('server_version_num')::int, 'version', current_setting('server_version'), 'standby', pg_is_in_recovery(),
  'encrypted', coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false),
  'user', quote_ident(current_user), 'database', quote_ident(current_database()), 'superuser', u.rolsuper,
  'replicationRole', u.rolreplication or u.rolsuper
     or coalesce((select pg_has_role(r.oid, 'usage') from pg_roles r where r.rolname = 'rds_replication'), false),
  'rdsRole', exists (select from pg_roles where rolname = 'rds_replication'),
  'mayCreate', has_database_privilege(current_database(), 'create'),
  'mayEmit', (select bool_or(has_function_privilege(oid, 'execute')) from pg_proc where proname = 'pg_logical_emit_message'),
  'settings', (select json_object_agg(name, setting) from pg_settings where name = any ($1::text[])),
  'usedSlots', (select count(*) from pg_replication_slots), 'usedSenders', (select count(*) from pg_stat_replication),
  'usedConnections', (select count(*) from pg_stat_activity where backend_type = 'client backend'),
  'encoding', current_setting('server_encoding'),
  'oldWriters', coalesce((select json_agg(json_build_object('pid', pid, 'seconds', extract(epoch from now() - xact_start)::int) order by xact_start)
     from pg_stat_activity where backend_xid is not null and pid <> pg_backend_pid() and xact_start < now() - $2::int * interval '1 second'), '[]'),
  'prepared', coalesce((select json_agg(json_build_object('gid', gid, 'elsewhere', nullif(database, current_database())) order by prepared) from pg_prepared_xacts), '[]'),
  'serverTimeMs', extract(epoch from clock_timestamp()) * 1000,
  'slots', coalesce((select json_agg(json_build_object('name', s.slot_name, 'plugin', s.plugin, 'twoPhase', s.two_phase, 'walStatus', s.wal_status,
       'published', exists (select from pg_publication p where p.pubname = s.slot_name)) order by s.slot_name)
     from pg_replication_slots s where s.database = current_database() and s.slot_name ~ '^tailrace_[0-9a-f]{8}$'), '[]')
) as facts
from pg_roles u where u.rolname = current_user`;

/**
 * Reads them in one statement that needs no special right. `longSeconds`: from which age on an open
 * transaction is long.
 */
export async function readServerFacts(connection: Pick<SqlConnection, 'query'>, longSeconds: number): Promise<ServerFacts> {
  const rows = await connection.query<{ facts: ServerFacts }>(FACTS, [SETTINGS, longSeconds]);
  const facts = rows[0]?.facts;
  if (facts === undefined) throw new TailraceError('INTERNAL', 'the current user has no role');
  return facts;
}
