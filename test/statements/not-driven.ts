/** A user's text that does not parse; the engine says where. */
export const BROKEN = 'SELECT FROM WHERE';

/** Files whose statements people send; they stand there to be copied. */
export const FOR_PEOPLE: readonly string[] = ['warehouse-sql/readers/who-read.sql'];

/** Files of warehouse-sql for a cluster, which is none of the places. */
const CLUSTER = [
  'warehouse-sql/step/moved-rows.sql',
  'warehouse-sql/step/take-moved.sql',
  'warehouse-sql/tables/distributed.sql',
  'warehouse-sql/tables/storage-engine.sql',
  'warehouse-sql/upkeep/cluster-names.sql',
  'warehouse-sql/upkeep/cluster-nodes.sql',
  'warehouse-sql/upkeep/lost-parts.sql',
  'warehouse-sql/upkeep/node-macros.sql',
  'warehouse-sql/upkeep/replica-delay.sql',
  'warehouse-sql/upkeep/replicated-tables.sql',
  'warehouse-sql/upkeep/sync-database.sql',
  'warehouse-sql/upkeep/sync-replica.sql',
];

/** Files of warehouse-sql that have no use at a place. */
export const UNSENT: Readonly<Record<'machine' | 'server' | 'cloud', readonly string[]>> = {
  machine: [
    ...CLUSTER,
    'warehouse-sql/readers/check-grant.sql',
    'warehouse-sql/readers/current-user.sql',
    'warehouse-sql/step/create-input.sql',
    'warehouse-sql/step/fill-input.sql',
    'warehouse-sql/upkeep/check-fence.sql',
    'warehouse-sql/upkeep/create-lake-collection.sql',
    'warehouse-sql/upkeep/end-statements-of-others.sql',
    'warehouse-sql/upkeep/fence.sql',
    'warehouse-sql/upkeep/set-lake-collection.sql',
    'warehouse-sql/upkeep/statements-of-others.sql',
  ],
  server: [
    ...CLUSTER,
    'warehouse-sql/readers/end-tagged.sql',
    'warehouse-sql/readers/table-functions.sql',
    'warehouse-sql/readers/where-builder-writes.sql',
  ],
  cloud: [
    ...CLUSTER,
    'warehouse-sql/readers/end-tagged.sql',
    'warehouse-sql/readers/table-functions.sql',
    'warehouse-sql/readers/where-builder-writes.sql',
    'warehouse-sql/step/create-input.sql',
    'warehouse-sql/step/fill-input.sql',
    'warehouse-sql/upkeep/create-lake-collection.sql',
    'warehouse-sql/upkeep/set-lake-collection.sql',
  ],
};

/** Files that write parts of statements without a function that quotes. */
export const WRITERS: readonly string[] = [
  'core/shown-column.ts',
  'core/column-type.ts',
  'verifier/canonical-warehouse.ts',
  'verifier/hstore-text.ts',
  'verifier/quoted-text.ts',
  'verifier/readable.ts',
  'verifier/comparison.ts',
];

/** Files that write no statement of a warehouse, and why they look as if they did. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  'verifier/source-cut.ts': 'statements of Postgres',
  'compactor/base/base-prover.ts': 'reasons for people',
  'cli/freeze-text.ts': 'text for people, and one statement of warehouse-sql',
};

/** Sent to a cluster only, by compactor/cluster.ch.test.ts. */
const ON_CLUSTER = 'a cluster, which is none of the places';

/** Parts of lines that need not run, and why. Each must still be missed. */
export const NOT_DRIVEN: Readonly<Record<string, string>> = {
  "engine.query('SELECT 1')": 'whole as it stands',
  "sql('engine-lives')": 'whole as it stands',
  'engine.read({ sql, format })': "a user's statement",
  'sql: question': 'parsed by itself',
  "one.asOf === null ? 'NULL'": 'NULL is a literal',
  "asOf === null ? 'NULL' : `parseDateTime64BestEffort": 'NULL is a literal',
  "dropClone(engine, qualifiedCh('tailrace_exports', name))": 'only clones of a day ago; drop-clone.sql is sent for others',
  '? `pg_${schema}`': 'a name, which is quoted like any other',
  "update(name).digest('hex')": 'a name, which is quoted like any other',
  "name.includes('.') ? name": 'names for a log',
  "model.kind !== 'view'": 'a kind of model',
  "unit: 'rows'": 'a unit',
  'const tuple = (one: ScalarType)': 'a type for the pages of docs',
  'Array(${tuple(type.element)})': 'a type for the pages of docs',
  'convert_to(${text}': 'Postgres',
  "process.kill(process.pid, 'SIGKILL')": 'no statement',
  'the earlier rows of ${input.table}': 'text for people',
  "leftOut.length === 0 ? ': there is none'": 'text for people',
  'differs from what was written': 'text for people',
  'bytes, not ${bytes}': 'text for people',
  'unexpected failure': 'text for people',
  'for --partition; the columns are': 'text for people',
  'text.length > SHOWN': 'text for people',
  'TABLE_NOT_LIVE: ${id}': 'text for people',
  'its state is ${cloned.state}': 'text for people',
  'generated columns are not replicated': 'text for people',
  'removed definitions that were broken off': 'text for people',
  'has no ${rights.join': 'text for people',
  'GRANT ${rights.join': 'text for people',
  'with the role of its machine': 'text for people',
  "'KILL QUERY', ...(readsLake": 'names of rights',
  'warehouse/cluster/cluster-engine.ts:': ON_CLUSTER,
  'warehouse/cluster/cluster-nodes.ts:': ON_CLUSTER,
  'warehouse/cluster/create-database.ts:': ON_CLUSTER,
  'compactor/lost-rows.ts:': ON_CLUSTER,
  'compactor/step/moved.ts:': ON_CLUSTER,
  'warehouse/clone.ts:': ON_CLUSTER,
  "sql('sync-replica', { table: 'tailrace.meta' })": ON_CLUSTER,
  "target: 'meta (key, value, seq)'": ON_CLUSTER,
  "sql('drop-distributed'": ON_CLUSTER,
  'return `${this.#storage}_chunk`': ON_CLUSTER,
  'emptyClone(this.#engine': ON_CLUSTER,
  'rangeSql(orderColumns(this.#schema), range, quoteCh(table))': ON_CLUSTER,
  "rows: rows.join(' UNION ALL ')": ON_CLUSTER,
  'SELECT ${columns.map(({ value }, at)': ON_CLUSTER,
  'qualifiedCh(SHARD_DATABASE': ON_CLUSTER,
  'createDatabaseSql(engine, SHARD_DATABASE)': ON_CLUSTER,
  'SYSTEM SYNC DATABASE REPLICA': ON_CLUSTER,
  'literalCh(engine.traits.cluster': ON_CLUSTER,
  'warehouseTable(SHARD_DATABASE': ON_CLUSTER,
};
