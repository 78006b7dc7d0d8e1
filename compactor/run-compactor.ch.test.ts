import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { DirectoryStore } from '../lake/store/directory-store.ts';
import { getPosition, leaseHeld, takeLease } from '../lake/readers.ts';
import { startClickhouse } from '../test/support/servers/clickhouse-front.ts';
import { eventually } from '../test/support/eventually.ts';
import { FailingEngine } from '../test/support/warehouse/failing-engine.ts';
import { LakeWriter, tableSchema } from '../test/support/lake-writer.ts';
import { scratch } from '../test/support/scratch.ts';
import { EmbeddedEngine } from '../warehouse/embedded-engine.ts';
import { HttpEngine } from '../warehouse/http-engine.ts';
import { runCompactor } from './compactor.ts';

const LIMITS = { stepRows: 1000, stepBytes: 1 << 20 };

test('the role waits for a lake, follows it as it grows, outlives a warehouse that is away, and ends when told to', async () => {
  await using folder = await scratch();
  await using chdb = await EmbeddedEngine.open({ directory: `${folder.path}/warehouse`, log: silentLogger() });
  const engine = new FailingEngine(chdb);
  const store = new DirectoryStore(`${folder.path}/lake`);
  const abort = new AbortController();
  const moved: Promise<string | null>[] = [];
  const running = runCompactor({
    store,
    engine,
    warehouseId: 'w',
    limits: LIMITS,
    log: silentLogger(),
    signal: abort.signal,
    onMoved: () => moved.push(getPosition(store, 'w').then((position) => position?.appliedLsn ?? null)),
  });
  const lake = await LakeWriter.open(store);
  const notes = tableSchema({ oid: 1, name: 'notes', columns: { id: { kind: 'int4' } }, key: ['id'] });
  await lake.copy(notes, { generation: 1, lsn: 10n }, [[{ id: '1' }]]);
  await lake.batch([await lake.file(notes, [{ op: 'I', lsn: 20n, ordinal: 1, row: { id: '2' } }])]);
  await eventually(
    async () => (await getPosition(store, 'w'))?.tables.some(({ state, appliedLsn }) => state === 'live' && appliedLsn === '0/15'),
    'the table to be live',
  );
  engine.failAt({ after: 0, ran: true });
  await lake.batch([await lake.file(notes, [{ op: 'I', lsn: 30n, ordinal: 1, row: { id: '3' } }])]);
  await eventually(() => engine.away, 'the warehouse to be away');
  engine.heal();
  await eventually(async () => (await getPosition(store, 'w'))?.appliedLsn === '0/1F', 'the change to be applied');
  expect(await chdb.query('SELECT id FROM public.notes ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
  abort.abort();
  await running;
  // A process that follows the position finds the move in position.json.
  expect((await Promise.all(moved)).at(-1)).toBe('0/1F');
});

test('a compactor that lost a server does not take it back after an outage', async () => {
  await using server = await startClickhouse();
  await using folder = await scratch();
  await using http = await HttpEngine.open({ url: server.url, log: silentLogger() });
  const engine = new FailingEngine(http);
  const store = new DirectoryStore(`${folder.path}/lake`);
  const lake = await LakeWriter.open(store);
  await lake.batch([], { to: 10n });
  const signal = new AbortController().signal;
  const ended = runCompactor({ store, engine, warehouseId: 'w', limits: LIMITS, log: silentLogger(), signal }).catch(
    (error: unknown) => error,
  );
  await eventually(async () => (await getPosition(store, 'w'))?.appliedLsn === '0/A', 'the first batch to be applied');
  engine.failAt({ after: 0, ran: false });
  await lake.batch([], { to: 20n });
  await eventually(() => engine.away, 'the warehouse to be away');
  expect(await takeLease(store, 'w', 'another')).toBe(2);
  engine.heal();
  expect(await ended).toMatchObject({ code: 'WAREHOUSE_TAKEN' });
  expect(await leaseHeld(store, 'w', 2)).toBe(true);
});

test('a warehouse of another lake is refused', async () => {
  await using folder = await scratch();
  await using engine = await EmbeddedEngine.open({ directory: `${folder.path}/warehouse`, log: silentLogger() });
  const run = async (name: string): Promise<void> => {
    const store = new DirectoryStore(`${folder.path}/${name}`);
    await LakeWriter.open(store);
    const abort = new AbortController();
    const ended = runCompactor({ store, engine, warehouseId: 'w', limits: LIMITS, log: silentLogger(), signal: abort.signal });
    await Promise.race([ended, eventually(() => getPosition(store, 'w'), 'a position')]);
    abort.abort();
    await ended;
  };
  await run('one');
  await expect(run('another')).rejects.toMatchObject({ code: 'WAREHOUSE_OF_ANOTHER_LAKE' });
});
