import { cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { silentLogger } from '../core/log.ts';
import { ADDRESSES, serviceOf } from '../test/support/cluster/compose-nodes.ts';
import { scratch } from '../test/support/scratch.ts';
import { startClickhouse } from '../test/support/servers/clickhouse-front.ts';
import { CLICKHOUSE_VERSIONS } from '../test/support/servers/clickhouse-versions.ts';
import { askNode, clusterShards } from '../warehouse/cluster/cluster-nodes.ts';
import { HttpEngine } from '../warehouse/http-engine.ts';

interface Service {
  readonly image: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly networks: Readonly<Record<string, { readonly ipv4_address: string }>>;
  readonly ports?: unknown;
  readonly volumes?: readonly string[];
}

const HERE = import.meta.dirname;
const { services } = parse(readFileSync(join(HERE, 'cluster.yml'), 'utf8'), { merge: true }) as { services: Record<string, Service> };
const nodes = Object.entries(services).filter(([name]) => name.startsWith('node-'));

/** What an engine reads in the configuration of a service; `grown`: with the node that is added. */
async function told(service: string, grown: boolean): Promise<{ clusters: string[][][]; macros: unknown; keepers: string[] }> {
  await using folder = await scratch('cluster-file');
  const read = join(folder.path, 'conf.d');
  mkdirSync(read);
  writeFileSync(join(folder.path, 'config.xml'), '<clickhouse/>');
  cpSync(join(HERE, 'clickhouse/cluster'), read, { recursive: true });
  if (grown) cpSync(join(HERE, 'clickhouse/cluster-grown.xml'), join(read, 'grown.xml'));
  await using server = await startClickhouse([`--config-file=${folder.path}/config.xml`], services[service]?.environment);
  await using engine = await HttpEngine.open({ url: server.url, log: silentLogger() });
  const clusters = await Promise.all(['shop', 'solo'].map((name) => clusterShards(engine, name)));
  const { shard, replica } = await askNode(engine, { shard: 1, replica: 1, weight: 1, host: service });
  const xml = readFileSync(join(read, 'cluster.xml'), 'utf8');
  return {
    clusters: clusters.map((shards) => shards.map((all) => all.map(({ host }) => host))),
    macros: { shard, replica },
    keepers: [...(/<zookeeper>([\s\S]*)<\/zookeeper>/.exec(xml)?.[1] ?? '').matchAll(/<host>(.*?)<\/host>/g)].map(([, host = '']) => host),
  };
}

/** Addresses of the nodes by shard, as the services have them. */
function shardsOfFile(names: readonly string[]): string[][] {
  const of = names.map((name) => [services[name]?.environment?.['CLUSTER_SHARD'], services[name]?.networks['cluster']?.ipv4_address]);
  return [...Map.groupBy(of, ([shard]) => shard).values()].map((all) => all.map(([, address]) => address ?? ''));
}

test('an engine that reads the configuration of a node knows every node of docker/cluster.yml, and its own place', async () => {
  const [first, later] = [await told('node-1-2', false), await told('node-2-3', true)];
  const names = nodes.map(([name]) => name);
  const shards = shardsOfFile(names.filter((name) => name !== 'node-2-3'));
  expect(first.clusters).toEqual([shards, shards.slice(0, 1)]);
  expect(later.clusters).toEqual([shardsOfFile(names), shards.slice(0, 1)]);
  expect([first.macros, later.macros]).toEqual([
    { shard: '1', replica: 'r2' },
    { shard: '2', replica: 'r3' },
  ]);
  const keepers = Object.entries(services).filter(([name]) => name.startsWith('keeper-'));
  const addresses = keepers.map(([, { networks }]) => networks['cluster']?.ipv4_address);
  expect(first.keepers).toEqual(addresses);
  const xml = readFileSync(join(HERE, 'clickhouse/keeper.xml'), 'utf8');
  expect([...xml.matchAll(/<id>(\d)<\/id>\s*<hostname>(.*)<\/hostname>/g)].map(([, id, host]) => [id, host])).toEqual(
    keepers.map(([, { environment, networks }]) => [environment?.['KEEPER_ID'], networks['cluster']?.ipv4_address]),
  );
});

test('services are where the tests look for them, take one version, publish nothing, and mount files that are there', () => {
  for (const [name, { environment, networks }] of nodes) {
    expect(name).toBe(serviceOf(Number(environment?.['CLUSTER_SHARD']), Number(environment?.['CLUSTER_REPLICA']?.slice(1))));
    expect(networks['copies']?.ipv4_address).toBe(environment?.['CLUSTER_COPIES']);
    expect(networks['copies']?.ipv4_address).toBe(ADDRESSES[name]?.replace('.250.', '.251.'));
  }
  for (const [name, address] of Object.entries(ADDRESSES))
    expect([name, services[name]?.networks['cluster']?.ipv4_address]).toEqual([name, address]);
  const all = Object.values(services);
  const images = new Set(all.map(({ image }) => image).filter((image) => image.startsWith('clickhouse/')));
  expect([...images]).toEqual([`clickhouse/clickhouse-server:\${CLUSTER_CLICKHOUSE:-${CLICKHOUSE_VERSIONS[0]}}`]);
  expect(all.filter(({ ports }) => ports !== undefined)).toEqual([]);
  const mounted = all.flatMap(({ volumes = [] }) => volumes).flatMap((volume) => /(\.\/[\w./-]+)/.exec(volume)?.[1] ?? []);
  expect(mounted.length).toBeGreaterThan(4);
  for (const file of mounted) expect(() => statSync(join(HERE, file))).not.toThrow();
});
