import type { LakeReading } from '../../core/sections/lake-reading.ts';
import type { HttpEngine } from '../../warehouse/http-engine.ts';
import { LAKE_COLLECTION } from '../../warehouse/lake-collection.ts';
import { quoteCh } from '../../warehouse/names.ts';
import { sql } from '../../warehouse-sql/load.ts';

/** Rights on one thing, in the words of GRANT. */
export interface Grant {
  readonly rights: readonly string[];
  /** `database.*`, `system.parts`, `*.*` or the name of a named collection. */
  readonly target: string;
}

export interface GrantNeeds {
  /** Databases of the warehouse, one for each schema of the source. */
  readonly databases: readonly string[];
  /** How the server reads a lake on S3; null: the lake is a directory, whose files are sent. */
  readonly reading: LakeReading | null;
  readonly cloud: boolean;
  readonly cluster: boolean;
}

/** CREATE and DROP as a whole also stand for functions and the like, which no database has. */
const TABLES = ['CREATE TABLE', 'CREATE VIEW', 'DROP TABLE', 'DROP VIEW'];
/** Read by our own statements; docs/SECURITY.md says what for. */
const SYSTEM_TABLES = [
  'settings',
  'merge_tree_settings',
  'storage_policies',
  'disks',
  'processes',
  'databases',
  'tables',
  'columns',
  'parts',
  'functions',
  'table_functions',
];

/** The same on a cluster: which nodes there are, and how far each is. */
const CLUSTER_TABLES = ['clusters', 'macros', 'replicas'];

/** What the user of a ClickHouse server needs, as docs/SECURITY.md grants it. Pure. */
export function neededGrants({ databases, reading, cloud, cluster }: GrantNeeds): Grant[] {
  const readsLake = reading !== null && reading.way !== 'send';
  const keys = ['CREATE NAMED COLLECTION', 'ALTER NAMED COLLECTION', 'DROP NAMED COLLECTION', 'NAMED COLLECTION'];
  return [
    { rights: ['CREATE DATABASE', 'KILL QUERY', ...(readsLake ? ['CREATE TEMPORARY TABLE', 'S3'] : [])], target: '*.*' },
    { rights: ['SELECT', 'INSERT', 'ALTER', ...TABLES, 'OPTIMIZE', 'SYSTEM MERGES'], target: 'tailrace*.*' },
    ...databases.map((database) => ({ rights: ['SELECT', 'INSERT', ...TABLES], target: `${quoteCh(database)}.*` })),
    ...[...SYSTEM_TABLES, ...(cluster ? CLUSTER_TABLES : [])].map((name) => ({ rights: ['SELECT'], target: `system.${name}` })),
    ...(reading?.way === 'keys' ? [{ rights: keys, target: LAKE_COLLECTION }] : []),
    ...(cluster ? [{ rights: ['SYSTEM SYNC REPLICA', 'SYSTEM SYNC DATABASE REPLICA'], target: 'tailrace*.*' }] : []),
    ...(cloud || cluster ? [{ rights: ['REMOTE', 'CLUSTER'], target: '*.*' }] : []),
  ];
}

/** Those of the grants that the user of the connection does not have. Errors: those of a query. */
export async function missingGrants(engine: Pick<HttpEngine, 'answerOf'>, needed: readonly Grant[]): Promise<Grant[]> {
  const has = async (right: string, target: string): Promise<boolean> =>
    (await engine.answerOf(sql('check-grant', { right, target }))) === '1';
  const missing = await Promise.all(
    needed.map(async ({ rights, target }): Promise<Grant> => {
      // Most users have all of them, and one question tells.
      if (await has(rights.join(', '), target)) return { rights: [], target };
      const answers = await Promise.all(rights.map((right) => has(right, target)));
      return { rights: rights.filter((_, index) => answers[index] === false), target };
    }),
  );
  return missing.filter(({ rights }) => rights.length > 0);
}
