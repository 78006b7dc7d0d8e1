import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { ManifestLog } from '../lake/manifest-log.ts';
import { Sweeper } from '../lake/retention/sweep.ts';
import { DEFAULT_POLICY } from '../lake/retention/sweep-policy.ts';
import type { FileEntry } from '../lake/manifest.ts';
import type { Row } from '../test/support/change-file.ts';
import { tableSchema } from '../test/support/lake-writer.ts';
import { MemoryStore } from '../test/support/memory-store.ts';
import { putBase } from '../test/support/warehouse/lake-base.ts';
import { warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../test/support/warehouse/warehouse-bench.ts';

const DAY_MS = 86_400_000;
const items = tableSchema({ oid: 6401, name: 'items', columns: { id: { kind: 'int4' } }, key: ['id'] });
const row = (id: number): Row => ({ id: String(id) });
const ids = async (bench: WarehouseBench) =>
  (await bench.rows<{ id: number }>('SELECT id FROM public.items ORDER BY id')).map(({ id }) => id);

async function insert({ lake }: WarehouseBench, lsn: bigint, id: number): Promise<FileEntry> {
  const file = await lake.file(items, [{ op: 'I', lsn, ordinal: 1, row: row(id) }]);
  await lake.batch([file]);
  return file;
}

/** How the warehouse came back: which batches were still there, and how often it was expired. */
interface Returned {
  readonly kept: boolean[];
  readonly expiries: number;
  readonly rebuilt: boolean;
}

/** A warehouse that is silent for some days of the store's clock, while others write and sweep. */
async function silentFor(days: number): Promise<Returned> {
  const clock = { nowMs: DAY_MS };
  const store = new MemoryStore(() => new Date(clock.nowMs));
  await using bench = await warehouseBench({ store });
  await bench.lake.copy(items, { generation: 1, lsn: 10n }, [[row(1)]]);
  await insert(bench, 20n, 2);
  await bench.settle();
  const files: FileEntry[] = [];
  for (const id of [3, 4, 5]) {
    files.push(await insert(bench, BigInt(id * 10), id));
    await putBase(store, items, { lsn: BigInt(id * 10 + 1) }, [Array.from({ length: id }, (_, at) => row(at + 1))]);
  }
  await insert(bench, 60n, 6);
  const sweeper = new Sweeper(store, new ManifestLog(store, silentLogger()), DEFAULT_POLICY, { deletesNamed: true });
  for (let half = 1; half <= 2 * days; half += 1) {
    clock.nowMs = DAY_MS + (half * DAY_MS) / 2;
    await sweeper.sweep(clock.nowMs);
  }
  const kept = await Promise.all(files.map(async ({ path }) => (await store.head(path)) !== null));
  const position = await bench.settle();
  expect(position.tables).toMatchObject([{ state: 'live', error: null }]);
  expect(await ids(bench)).toEqual([1, 2, 3, 4, 5, 6]);
  const storages = await bench.rows<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = 'tailrace' AND match(name, '^t6401')",
  );
  return { kept, expiries: position.expiries ?? 0, rebuilt: storages.some(({ name }) => name.includes('_r')) };
}

test.each([
  [29, { kept: [true, true, true], expiries: 0, rebuilt: false }],
  [31, { kept: [true, true, true], expiries: 1, rebuilt: true }],
  [34, { kept: [false, false, true], expiries: 1, rebuilt: true }],
])('a warehouse that was silent for %i days finds what it needs, or begins again at a base', async (days, returned) => {
  expect(await silentFor(days)).toEqual(returned);
});
