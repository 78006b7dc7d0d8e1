import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { DirectoryStore } from '../../lake/store/directory-store.ts';
import { runExport } from '../../transformer/export/run-export.ts';
import { ClusterEngine } from '../../warehouse/cluster/cluster-engine.ts';
import { HttpEngine } from '../../warehouse/http-engine.ts';
import { Watcher } from '../../watcher/watcher.ts';
import { startCluster } from '../support/cluster/clickhouse-cluster.ts';
import { eventually } from '../support/eventually.ts';
import { readExport } from '../support/export-reader.ts';
import { tableSchema } from '../support/lake-writer.ts';
import { scratch } from '../support/scratch.ts';
import { transformBench } from '../support/warehouse/transform-bench.ts';
import { warehouseBench } from '../support/warehouse/warehouse-bench.ts';

const orders = tableSchema({ oid: 5211, name: 'orders', columns: { id: { kind: 'int4' }, n: { kind: 'int4' } }, key: ['id'] });

test('exports and watched queries have the rows of all shards', async () => {
  await using cluster = await startCluster({ shards: 2, replicas: 1 });
  await using folder = await scratch('tailrace-export');
  const log = silentLogger();
  const open = () => ClusterEngine.open({ url: cluster.url, cluster: cluster.name, log });
  const bench = await warehouseBench({ engine: await open() });
  const fill = async (): Promise<void> => {
    await bench.lake.copy(orders, { generation: 1, lsn: 10n }, [Array.from({ length: 40 }, (_, id) => ({ id: String(id), n: '1' }))]);
    await bench.lake.batch([], { to: 15n });
  };
  await using work = await transformBench(fill, { bench, openBuilder: open });
  const { store, warehouseId, signal } = work.options;

  await using engine = await open();
  const order = { table: 'public.orders', to: folder.path, partition: null, keep: null };
  await runExport({ engine, store, warehouseId, s3PathStyle: false, asking: { signal }, log }, order);
  expect((await readExport(new DirectoryStore(folder.path), 'public.orders')).rows).toHaveLength(40);
  expect(await bench.rows('SELECT rows, status FROM tailrace.exports')).toEqual([{ rows: '40', status: 'exported' }]);

  const openReader = () => HttpEngine.open({ url: cluster.node(2, 1).url, log });
  await using watcher = new Watcher({ store, warehouseId, log, openReader });
  const answers: string[] = [];
  const select = 'SELECT sum(a.n) AS n FROM public.orders a JOIN public.orders b ON a.id = b.id';
  using _ended = disposable(watcher.watch({ select, everyMs: 10 }, ({ data }) => answers.push(data)));
  await eventually(() => answers.length > 0, 'the first answer');
  expect(JSON.parse(answers[0] ?? '')).toMatchObject({ columns: ['n'], rows: [[40]] });
  await work.apply(await bench.lake.file(orders, [{ op: 'U', lsn: 20n, ordinal: 1, row: { id: '3', n: '8' } }]));
  await eventually(() => answers.some((data) => data.includes('[[47]]')), 'the answer after a change');
}, 300_000);

function disposable(end: () => void): Disposable {
  return { [Symbol.dispose]: end };
}
