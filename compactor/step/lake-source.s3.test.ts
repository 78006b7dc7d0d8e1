import { randomBytes } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { openStore } from '../../lake/store/open-store.ts';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { startS3Server } from '../../test/support/servers/versitygw.ts';
import { warehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';

const server = await startS3Server();
afterAll(() => server?.[Symbol.asyncDispose]());
Object.assign(process.env, server?.environment);

const notes = tableSchema({ oid: 7001, name: 'notes', columns: { id: { kind: 'int4' }, body: { kind: 'text' } }, key: ['id'] });

test.skipIf(server === null)('the engine reads a lake on S3 itself, and a missing file parks its table', async () => {
  const store = await openStore(`s3://${server?.bucket}/${randomBytes(4).toString('hex')}/lake`);
  await using bench = await warehouseBench({ store });
  const { lake } = bench;
  await lake.copy(notes, { generation: 1, lsn: 10n }, [[{ id: '1', body: 'a' }], [{ id: '2', body: 'b' }]]);
  const kept = await lake.file(notes, [{ op: 'U', lsn: 20n, ordinal: 1, row: { id: '1', body: undefined } }]);
  const more = await lake.file(notes, [{ op: 'I', lsn: 21n, ordinal: 1, row: { id: '3', body: 'c' } }]);
  await lake.batch([kept, more]);
  expect((await bench.settle()).tables).toMatchObject([{ state: 'live', error: null }]);
  expect(await bench.rows('SELECT * FROM public.notes ORDER BY id')).toEqual([
    { id: 1, body: 'a' },
    { id: 2, body: 'b' },
    { id: 3, body: 'c' },
  ]);
  const gone = await lake.file(notes, [{ op: 'I', lsn: 30n, ordinal: 1, row: { id: '4', body: 'd' } }]);
  await store.delete(gone.path);
  await lake.batch([gone]);
  expect((await bench.settle()).tables).toMatchObject([{ state: 'parked' }]);
});
