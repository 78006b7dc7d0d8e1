import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../../../core/log.ts';
import { clickhouseCodeOf } from '../../../warehouse/clickhouse-code.ts';
import { HttpEngine } from '../../../warehouse/http-engine.ts';
import { startCluster } from './clickhouse-cluster.ts';
import type { ClickhouseCluster } from './clickhouse-cluster.ts';

let cluster: ClickhouseCluster;
let engines: Map<string, HttpEngine>;

beforeAll(async () => {
  cluster = await startCluster({ shards: 2, replicas: 2, also: { solo: 1 } });
  engines = new Map(
    await Promise.all(
      cluster.nodes.map(
        async ({ shard, replica, url }) => [`${shard}.${replica}`, await HttpEngine.open({ url, log: silentLogger() })] as const,
      ),
    ),
  );
});

afterAll(async () => {
  for (const engine of engines.values()) await engine.close();
  await cluster[Symbol.asyncDispose]();
});

beforeEach(() => cluster.empty());

/** By shard and replica, `1.2`. */
function at(node: string): HttpEngine {
  const engine = engines.get(node);
  if (engine === undefined) throw new Error(`there is no node ${node}`);
  return engine;
}

const ALL = ['1.1', '1.2', '2.1', '2.2'];

async function createDatabase(name: string, node = '1.1', of = 'trio'): Promise<void> {
  await at(node).exec(
    `CREATE DATABASE IF NOT EXISTS \`${name}\` ON CLUSTER '${of}' ENGINE = Replicated('/clickhouse/databases/${name}', '{shard}', '{replica}')`,
  );
}

const COLUMNS = "id UInt64, body LowCardinality(String) DEFAULT 'none', extra String, version UInt128";

async function createTable(name = 'd.t', node = '1.1'): Promise<void> {
  await at(node).exec(`CREATE TABLE IF NOT EXISTS ${name} (${COLUMNS}) ENGINE = ReplicatedReplacingMergeTree(version) ORDER BY id`);
}

async function insert(node: string, rows: string, settings = ''): Promise<void> {
  await at(node).exec(`INSERT INTO d.t (id, version) ${settings} SELECT arrayJoin([${rows}]) AS id, 7`);
}

/** With settings in the URL. */
async function insertOne(settings: string): Promise<void> {
  const { origin, username, password } = new URL(cluster.url);
  const authorization = `Basic ${Buffer.from(`${username}:${decodeURIComponent(password)}`).toString('base64')}`;
  const query = encodeURIComponent('INSERT INTO d.t (id) VALUES (1)');
  const answer = await fetch(`${origin}/?query=${query}&${settings}`, { method: 'POST', headers: { authorization } });
  expect(answer.status).toBe(200);
}

async function ids(node: string, table = 'd.t'): Promise<string> {
  const [row] = await at(node).query<{ ids: string[] }>(`SELECT arraySort(groupArray(id)) AS ids FROM ${table}`);
  return row?.ids.join(' ') ?? '';
}

async function codeOf(work: Promise<unknown>): Promise<number | null> {
  return clickhouseCodeOf(await work.catch((error: unknown) => error));
}

async function replicaOf(node: string): Promise<unknown> {
  const [row] = await at(node).query(
    "SELECT is_readonly, active_replicas, total_replicas, queue_size, lost_part_count FROM system.replicas WHERE database = 'd' AND table = 't'",
  );
  return row;
}

const SYNC = 'SYSTEM SYNC REPLICA d.`t` LIGHTWEIGHT';

describe('databases and tables', () => {
  test('each node says which cluster it is in, and its own place there', async () => {
    const clusters = 'SELECT cluster, shard_num AS shard, replica_num AS replica, host_name AS host FROM system.clusters ORDER BY ALL';
    const rows = await at('2.1').query<{ cluster: string; shard: number; replica: number; host: string }>(clusters);
    const all = rows.map((row) => Object.values(row).join(' ')).join(', ');
    const trio = 'trio 1 1 127.0.0.11, trio 1 2 127.0.0.12, trio 2 1 127.0.0.13, trio 2 2 127.0.0.14';
    expect(all).toBe(`solo 1 1 127.0.0.11, solo 1 2 127.0.0.12, ${trio}`);
    expect(await at('2.1').query('SELECT macro, substitution AS value FROM system.macros ORDER BY macro')).toEqual([
      { macro: 'replica', value: 'r1' },
      { macro: 'shard', value: '2' },
    ]);
  });

  test('DDL of a replicated database is done on every node; rows of a plain table and other databases are of one node', async () => {
    await createDatabase('d');
    await at('2.2').exec('CREATE DATABASE plain');
    await createTable('d.t', '1.2');
    await at('1.1').exec('ALTER TABLE d.t ADD COLUMN more String');
    await at('2.1').exec('CREATE TABLE d.clone AS d.t');
    await at('1.1').exec('CREATE TABLE d.input (n UInt64) ENGINE = MergeTree ORDER BY n');
    await at('1.1').exec('INSERT INTO d.input SELECT 1');
    await at('2.1').exec('CREATE OR REPLACE VIEW d.v AS SELECT id FROM d.t');
    const tables = "SELECT name, engine, total_rows AS rows FROM system.tables WHERE database IN ('d', 'plain') ORDER BY name";
    for (const node of ALL)
      expect(await at(node).query(tables)).toMatchObject([
        { name: 'clone', engine: 'ReplicatedReplacingMergeTree' },
        { name: 'input', engine: 'MergeTree', rows: node === '1.1' ? '1' : '0' },
        { name: 't', engine: 'ReplicatedReplacingMergeTree' },
        { name: 'v', engine: 'View' },
      ]);
    await at('1.1').exec('DROP VIEW d.v');
    const databases = "SELECT name, engine FROM system.databases WHERE name IN ('d', 'plain') ORDER BY name";
    expect(await at('1.1').query(databases)).toEqual([{ name: 'd', engine: 'Replicated' }]);
    expect(await at('2.2').query(databases)).toEqual([
      { name: 'd', engine: 'Replicated' },
      { name: 'plain', engine: 'Atomic' },
    ]);
    expect(await codeOf(at('2.2').query('SELECT * FROM d.v'))).toBe(60);
  });

  test('what ClickHouse refuses in a replicated database is refused in its words, and leaves nothing', async () => {
    await createDatabase('d');
    await createTable();
    await at('1.1').exec("CREATE TABLE d.all AS d.t ENGINE = Distributed('trio', 'd', 't')");
    await expect(at('1.1').exec('CREATE TABLE d.c CLONE AS d.t')).rejects.toThrow(
      'CREATE CLONE AS is not supported with Replicated databases',
    );
    expect(await codeOf(at('1.1').exec('DROP VIEW d.all'))).toBe(80);
    expect(await codeOf(at('1.1').exec("CREATE TABLE d.p (n UInt8) ENGINE = ReplicatedMergeTree('/a', 'b') ORDER BY n"))).toBe(36);
    expect(await codeOf(at('1.1').exec('CREATE TABLE d.t (n UInt8) ENGINE = MergeTree ORDER BY n'))).toBe(57);
    expect(await codeOf(at('1.1').exec("CREATE DATABASE e ON CLUSTER 'nobody' ENGINE = Replicated('/e', '{shard}', '{replica}')"))).toBe(
      701,
    );
    cluster.setKeeperAway(true);
    expect(await codeOf(at('2.1').exec('DROP TABLE d.t'))).toBe(999);
    cluster.setKeeperAway(false);
    expect(await at('2.2').query("SELECT name FROM system.tables WHERE database = 'd' ORDER BY name")).toEqual([
      { name: 'all' },
      { name: 't' },
    ]);
  });

  test('nodes of further shards get databases, tables and views when they come into the cluster', async () => {
    await createDatabase('d', '1.1', 'solo');
    await createTable();
    await at('1.1')
      .exec('CREATE VIEW d.a AS SELECT * FROM d.b')
      .catch(() => undefined);
    await at('1.1').exec('CREATE VIEW d.b AS SELECT id FROM d.t');
    await at('1.1').exec('CREATE VIEW d.a AS SELECT * FROM d.b');
    expect(await codeOf(ids('2.1'))).toBe(81);
    await createDatabase('d');
    await at('2.2').exec('INSERT INTO d.t (id) VALUES (3)');
    expect(await ids('2.2', 'd.a')).toBe('3');
    expect(await ids('1.1', 'd.a')).toBe('');
  });
});

describe('rows', () => {
  beforeEach(async () => {
    await createDatabase('d');
    await createTable();
  });

  test('rows stay on the replica that took them until another one is synced, and come once', async () => {
    await insert('1.1', '1, 2');
    await at('1.1').exec("INSERT INTO d.t SELECT 3, 'three', 'x', 1");
    await at('1.1')
      .exec('INSERT INTO d.t SELECT number, body, 1 FROM (SELECT 4 AS number, DEFAULT AS body)')
      .catch(() => undefined);
    expect([await ids('1.1'), await ids('1.2'), await ids('2.1')]).toEqual(['1 2 3', '', '']);
    expect(await replicaOf('1.2')).toMatchObject({ queue_size: 2, active_replicas: 2, is_readonly: 0 });
    await at('1.2').exec(SYNC);
    await at('1.2').exec(SYNC);
    await cluster.replicate();
    expect([await ids('1.2'), await ids('2.1'), await ids('2.2')]).toEqual(['1 2 3', '', '']);
    const rows = 'SELECT id, body, version FROM d.t ORDER BY id';
    expect(await at('1.2').query(rows)).toEqual(await at('1.1').query(rows));
    expect(await replicaOf('1.2')).toMatchObject({ queue_size: 0, lost_part_count: '0' });
    expect(await codeOf(at('1.1').exec('SYSTEM SYNC REPLICA d.nothing'))).toBe(60);
  });

  test('with a quorum rows are on both replicas before the answer, or refused when one lives', async () => {
    await insert('1.1', '1');
    await insert('1.1', '2', 'SETTINGS insert_quorum = 2');
    expect([await ids('1.1'), await ids('1.2')]).toEqual(['1 2', '2']);
    await cluster.node(1, 2).kill();
    await expect(insert('1.1', '3', 'SETTINGS insert_quorum = 2')).rejects.toThrow(
      'Number of alive replicas (1) is less than requested quorum (2/2)',
    );
    await insert('1.1', '4');
    expect(await ids('1.1')).toBe('1 2 4');
    expect(await replicaOf('1.1')).toMatchObject({ active_replicas: 1, total_replicas: 2 });
  });

  test('TRUNCATE, mutations, clones and dropped columns reach a lagging replica in their order', async () => {
    await insert('2.1', '1, 2');
    await at('2.1').exec("ALTER TABLE d.t UPDATE body = concat(body, '!') WHERE id = 2");
    await insert('2.1', '2, 3');
    await at('2.1').exec('CREATE TABLE d.clone AS d.t');
    await at('2.1').exec('ALTER TABLE d.clone ATTACH PARTITION ALL FROM d.t');
    await at('2.1')
      .exec('ALTER TABLE d.t DROP COLUMN version')
      .catch(() => undefined);
    await at('2.1').exec('ALTER TABLE d.t ADD COLUMN late UInt8');
    expect([await ids('2.2'), await ids('2.2', 'd.clone')]).toEqual(['', '']);
    await cluster.replicate();
    const rows = 'SELECT id, body FROM d.t ORDER BY ALL';
    expect(await at('2.2').query(rows)).toEqual(await at('2.1').query(rows));
    expect(await ids('2.2', 'd.clone')).toBe(await ids('2.1', 'd.clone'));
    await at('2.1').exec("ALTER TABLE d.t UPDATE body = 'all' WHERE true SETTINGS mutations_sync = 1");
    expect(await at('2.2').query(rows)).not.toEqual(await at('2.1').query(rows));
    await cluster.finishChanges();
    expect(await at('2.2').query(rows)).toEqual(await at('2.1').query(rows));
    await insert('2.2', '8');
    await at('1.1').exec('TRUNCATE TABLE d.t');
    await insert('2.1', '9');
    await cluster.replicate();
    expect([await ids('1.2'), await ids('2.1'), await ids('2.2')]).toEqual(['', '9', '9']);
  });

  test('a block that comes again is dropped, as ClickHouse does, unless the INSERT says otherwise', async () => {
    await insertOne('insert_quorum=2');
    await insertOne('insert_quorum=2');
    expect(await ids('1.2')).toBe('1');
    await insertOne('insert_deduplicate=0&insert_quorum=2');
    expect(await ids('1.2')).toBe('1 1');
  });

  test('a Distributed table reads every shard, and says so when one has no living replica', async () => {
    await at('1.2').exec(
      "CREATE OR REPLACE TABLE d.`all of t` AS d.t ENGINE = Distributed('trio', 'd', 't', cityHash64(id)) COMMENT 'ours'",
    );
    await insert('1.1', '1, 2', 'SETTINGS insert_quorum = 2');
    await insert('2.2', '3', 'SETTINGS insert_quorum = 2');
    for (const node of ALL) expect(await ids(node, 'd.`all of t`')).toBe('1 2 3');
    const body = (await at('2.2').read({ sql: 'SELECT count() FROM d.`all of t` WHERE id > 1', format: 'TabSeparated' })).body;
    expect(Buffer.concat(await body.toArray()).toString()).toBe('2\n');
    const tables = "SELECT engine, comment FROM system.tables WHERE name = 'all of t'";
    expect(await at('2.1').query(tables)).toEqual([{ engine: 'Distributed', comment: 'ours' }]);
    await cluster.node(2, 2).kill();
    expect(await ids('1.1', 'd.`all of t`')).toBe('1 2 3');
    await cluster.node(2, 1).kill();
    await expect(ids('1.1', 'd.`all of t`')).rejects.toThrow('Code: 279. DB::Exception: All connection tries failed');
  });
});

describe('faults', () => {
  beforeEach(async () => {
    await createDatabase('d');
    await createTable();
  });

  test('a killed replica comes back with its rows and the tables it missed, and is behind until it is synced', async () => {
    await insert('1.2', '1');
    await cluster.node(1, 2).kill();
    await expect(ids('1.2')).rejects.toMatchObject({ code: 'WAREHOUSE_UNAVAILABLE' });
    await insert('1.1', '2');
    await at('1.1').exec('CREATE TABLE d.new AS d.t');
    await at('1.1').exec('ALTER TABLE d.t ADD COLUMN more String');
    expect(await codeOf(at('1.1').exec(SYNC))).toBe(159);
    await createDatabase('e');
    await cluster.node(1, 2).start();
    expect([await ids('1.2'), await ids('1.2', 'd.new')]).toEqual(['1', '']);
    expect(await at('1.2').query("SELECT engine FROM system.databases WHERE name = 'e'")).toEqual([{ engine: 'Replicated' }]);
    await at('1.2').exec(SYNC);
    await at('1.1').exec(SYNC);
    expect([await ids('1.1'), await ids('1.2')]).toEqual(['1 2', '1 2']);
  });

  test('a replica without its disk gets tables and rows from its peer; rows that nobody has are lost', async () => {
    await insert('1.1', '1', 'SETTINGS insert_quorum = 2');
    await insert('1.1', '2');
    await insert('1.2', '3');
    await at('1.1').exec(SYNC);
    await cluster.node(1, 1).kill();
    await cluster.node(1, 1).loseDisk();
    await cluster.node(1, 1).start();
    await createDatabase('d', '1.1');
    expect(await ids('1.1')).toBe('');
    await at('1.1').exec(SYNC);
    expect(await ids('1.1')).toBe('1 3');
    expect(await replicaOf('1.1')).toMatchObject({ lost_part_count: '1', queue_size: 0 });
  });

  test('reads work and writes are refused on a read-only replica, and everywhere when the keeper is away', async () => {
    await insert('1.1', '1');
    cluster.node(1, 1).setReadOnly(true);
    await expect(insert('1.1', '2')).rejects.toThrow('Table is in readonly mode');
    expect(await replicaOf('1.1')).toMatchObject({ is_readonly: 1 });
    expect(await replicaOf('1.2')).toMatchObject({ is_readonly: 0 });
    await insert('1.2', '2');
    cluster.setKeeperAway(true);
    expect(await codeOf(insert('1.2', '3'))).toBe(242);
    expect(await codeOf(at('1.2').exec(SYNC))).toBe(999);
    expect(await ids('1.1')).toBe('1');
    const everywhere = "SELECT count() AS tables FROM clusterAllReplicas('trio', system.replicas) WHERE is_readonly";
    expect(await at('2.1').query(everywhere)).toEqual([{ tables: '4' }]);
  });
});
