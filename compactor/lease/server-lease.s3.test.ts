import { randomBytes } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { openStore } from '../../lake/store/open-store.ts';
import { startClickhouse } from '../../test/support/servers/clickhouse-front.ts';
import { freezing } from '../../test/support/warehouse/freezing-engine.ts';
import type { LakeWriter } from '../../test/support/lake-writer.ts';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { startS3Server } from '../../test/support/servers/versitygw.ts';
import { turnUntilIdle, warehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';
import { HttpEngine } from '../../warehouse/http-engine.ts';

const s3 = await startS3Server();
const server = await startClickhouse();
Object.assign(process.env, s3?.environment);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await s3?.[Symbol.asyncDispose]();
});

const items = tableSchema({ oid: 6101, name: 'items', columns: { id: { kind: 'int4' }, body: { kind: 'text' } }, key: ['id'] });

const connection = (): Promise<HttpEngine> => HttpEngine.open({ url: server.url, log: silentLogger() });

async function change(lake: LakeWriter, op: 'I' | 'D', lsn: bigint): Promise<void> {
  await lake.batch([await lake.file(items, [{ op, lsn, ordinal: 1, row: { id: '2', body: op === 'I' ? 'late' : null } }])]);
}

test.skipIf(s3 === null)(
  'a compactor that was frozen before an insert and lost the server inserts nothing when it wakes, and no row comes back to life',
  async () => {
    const store = await openStore(`s3://${s3?.bucket}/${randomBytes(4).toString('hex')}/lake`);
    await using bench = await warehouseBench({ store, engine: await connection() });
    for (const database of ['tailrace', 'public']) await bench.engine.exec(`DROP DATABASE IF EXISTS ${database}`);
    const { lake } = bench;
    await lake.copy(items, { generation: 1, lsn: 10n }, [[{ id: '1', body: 'one' }]]);
    await bench.settle();
    await using other = await connection();
    const { engine, frozen, wake } = freezing(other, /INSERT INTO tailrace\.`t6101/);
    const first = await bench.start(engine);
    await change(lake, 'I', 20n);
    const turn = first.turn();
    turn.catch(() => undefined);
    await frozen;
    await change(lake, 'D', 30n);
    await turnUntilIdle(await bench.start());
    await bench.engine.exec('OPTIMIZE TABLE tailrace.t6101_1_g1 FINAL CLEANUP');
    expect(await bench.rows('SELECT count() AS n FROM tailrace.t6101_1_g1')).toEqual([{ n: '1' }]);
    wake();
    await expect(turn).rejects.toMatchObject({ code: 'WAREHOUSE_TAKEN' });
    expect(await bench.rows('SELECT id FROM public.items')).toEqual([{ id: 1 }]);
    expect(await bench.rows('SELECT count() AS n FROM tailrace.t6101_1_g1')).toEqual([{ n: '1' }]);
  },
);
