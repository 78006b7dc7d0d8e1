import { expect, test } from 'vitest';
import { TailraceError } from '../../core/errors.ts';
import { dataKey } from '../../lake/keys.ts';
import type { FileEntry, StoredManifest } from '../../lake/manifest.ts';
import { TOGETHER } from '../../lake/read-in-order.ts';
import { pagedLake } from '../../test/support/pages/paged-lake.ts';
import { BatchBytes } from './batch-bytes.ts';

const COUNTS = { rows: 1, inserts: 1, updates: 0, deletes: 0, truncates: 0, unchanged: 0, keyChanges: 0 };

function file(tableId: string, bytes: number): FileEntry {
  const path = dataKey(tableId, 'aa', 1);
  return { path, table: `public.t${tableId}`, tableId, schema: 'a', checksum: 'crc32:00000000', bytes, ...COUNTS };
}

/** A log in which manifest n has n bytes of each of two tables; number 7 is damaged. */
const log = {
  async read(number: number): Promise<StoredManifest> {
    if (number === 7) throw new TailraceError('LAKE_CORRUPT', 'damaged');
    const files = [file('1_1', number), file('2_1', number)];
    const of = { number, epoch: 1, writer: 'aa', from: '0/1', to: '0/2', commitTimes: null, heartbeat: false };
    return { ...of, files, catalog: [], hash: 'sha256:0' };
  },
};

async function readAll(bytes: BatchBytes): Promise<number> {
  let slices = 0;
  while (await bytes.read()) slices += 1;
  return slices;
}

test('bytes of batches before the start are read, and those that are applied during that are added', async () => {
  const bytes = new BatchBytes(log);
  bytes.begin(
    new Map([
      ['1_1', 2],
      ['2_1', 2_998],
    ]),
    3_000,
  );
  expect(bytes.isReading).toBe(true);
  await bytes.read();
  bytes.note([{ files: [file('1_1', 1_000_000), file('2_1', 1_000_000), file('3_1', 5)] }]);
  expect(await readAll(bytes)).toBe(2);
  expect([bytes.of('1_1'), bytes.of('2_1'), bytes.of('3_1')]).toEqual([
    1_000_000 + (3_000 * 3_001) / 2 - 3 - 7,
    1_000_000 + 2_999 + 3_000,
    0,
  ]);
  bytes.begin(new Map([['1_1', 2]]), 3_001);
  expect(bytes.isReading).toBe(false);
});

test('a base begins the count again, whether this process has written it or another one', async () => {
  const bytes = new BatchBytes(log);
  bytes.begin(new Map([['1_1', 0]]), 3);
  await readAll(bytes);
  const atClone = bytes.of('1_1');
  bytes.note([{ files: [file('1_1', 10)] }]);
  bytes.based('1_1', 3, atClone);
  expect(bytes.of('1_1')).toBe(10);
  bytes.begin(new Map([['1_1', 3]]), 4);
  expect([bytes.isReading, bytes.of('1_1')]).toEqual([false, 10]);
  bytes.begin(new Map([['1_1', 8]]), 10);
  await readAll(bytes);
  expect(bytes.of('1_1')).toBe(9 + 10);
});

test('batches that pages have cost a request per page, once the pages are known', async () => {
  const { another, store } = await pagedLake(300);
  const bytes = new BatchBytes(another().log);
  bytes.begin(new Map([['1_1', 0]]), 300);
  await readAll(bytes);
  expect(store.calls.filter(({ operation }) => operation === 'get').length).toBeLessThanOrEqual(100 + TOGETHER);
});
