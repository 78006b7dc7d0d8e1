import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { startClickhouse } from '../test/support/servers/clickhouse-front.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import { turnUntilIdle, warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import { HttpEngine } from '../warehouse/http-engine.ts';

const TABLES = Array.from({ length: 4 }, (_, index) =>
  tableSchema({ oid: 6401 + index, name: `t${index}`, columns: { id: { kind: 'int4' }, n: { kind: 'int4' } }, key: ['id'] }),
);

/**
 * An engine that counts the inserts into storages that are under way at once. The first ones wait
 * for one another, until there are `wanted`.
 */
function counting(engine: HttpEngine, wanted: number): { readonly engine: HttpEngine; most: () => number } {
  let [running, most] = [0, 0];
  const together = Promise.withResolvers<void>();
  const exec = async (statement: string): Promise<void> => {
    const counts = statement.startsWith('INSERT INTO tailrace.`t64');
    running += counts ? 1 : 0;
    most = Math.max(most, running);
    if (running >= wanted) together.resolve();
    if (counts) await together.promise;
    await engine.exec(statement).finally(() => (running -= counts ? 1 : 0));
  };
  return { engine: new Proxy(engine, { get: (of, name) => (name === 'exec' ? exec : bound(of, name)) }), most: () => most };
}

function bound(of: HttpEngine, name: string | symbol): unknown {
  const value: unknown = Reflect.get(of, name, of);
  return typeof value === 'function' ? value.bind(of) : value;
}

test.each([1, 4])('tables of a window are applied %i at a time, and each has its rows once', async (parallel) => {
  await using server = await startClickhouse();
  const http = await HttpEngine.open({ url: server.url, log: silentLogger(), parallel });
  await using bench = await warehouseBench({ engine: http, parallel });
  for (const schema of TABLES) await bench.lake.copy(schema, { generation: 1, lsn: 10n }, [[{ id: '1', n: '0' }]]);
  await bench.settle();
  const files = TABLES.map((schema) => bench.lake.file(schema, [{ op: 'I', lsn: 20n, ordinal: 1, row: { id: '2', n: '1' } }]));
  await bench.lake.batch(await Promise.all(files));
  const { engine, most } = counting(http, parallel);
  await turnUntilIdle(await bench.start(engine));
  expect(most()).toBe(parallel);
  for (const { name } of TABLES) expect(await bench.rows(`SELECT id, n FROM public.${name} ORDER BY id`)).toHaveLength(2);
});

test('copies are loaded at the same time, and each has its rows once', async () => {
  await using server = await startClickhouse();
  const http = await HttpEngine.open({ url: server.url, log: silentLogger(), parallel: 4 });
  await using bench = await warehouseBench({ engine: http, parallel: 4 });
  for (const schema of TABLES) await bench.lake.copy(schema, { generation: 1, lsn: 10n }, [[{ id: '1', n: '0' }], [{ id: '2', n: '1' }]]);
  const { engine, most } = counting(http, 4);
  await turnUntilIdle(await bench.start(engine));
  expect(most()).toBe(4);
  for (const { name } of TABLES) expect(await bench.rows(`SELECT id, n FROM public.${name} ORDER BY id`)).toHaveLength(2);
});
