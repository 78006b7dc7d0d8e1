import { expect, test } from 'vitest';
import { tableSchema } from '../../test/support/lake-writer.ts';
import { warehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';
import { turnQuietMerges } from './quiet-merges.ts';

const big = tableSchema({ oid: 6201, name: 'big', columns: { id: { kind: 'int4' } }, key: ['id'] });
const loose = tableSchema({ oid: 6203, name: 'loose', columns: { id: { kind: 'int4' } }, identity: 'full' });
const ROWS = 4_000;
const rows = Array.from({ length: ROWS }, (_, id) => ({ id: String(id) }));

const TOLD =
  "SELECT name FROM system.tables WHERE database = 'tailrace' AND match(engine_full, 'force_merge_seconds = [1-9]') ORDER BY name";

test('a quiet storage becomes one part when enough rows changed, not because of one row', async () => {
  await using bench = await warehouseBench();
  const { engine, lake } = bench;
  for (const schema of [big, loose]) await lake.copy(schema, { generation: 1, lsn: 10n }, [rows]);
  await bench.settle();
  await engine.exec('SYSTEM STOP MERGES');
  expect(await turnQuietMerges(engine)).toEqual({ on: [], off: [] });

  const insert = async (schema: typeof big, ids: readonly number[], lsn: bigint): Promise<void> => {
    const made = ids.map((id, i) => ({ op: 'I' as const, lsn, ordinal: i + 1, row: { id: String(id) } }));
    await lake.batch([await lake.file(schema, made)]);
    await bench.settle();
  };
  await insert(big, [ROWS], 20n);
  expect(await turnQuietMerges(engine)).toEqual({ on: [], off: [] });
  await insert(big, [ROWS + 1, ROWS + 2, ROWS + 3, ROWS + 4], 30n);
  await insert(loose, [ROWS, ROWS + 1, ROWS + 2, ROWS + 3, ROWS + 4], 40n);
  expect(await turnQuietMerges(engine, 1)).toEqual({ on: [], off: [] });
  expect(await turnQuietMerges(engine)).toEqual({ on: ['t6201_1_g1', 't6203_1_g1'], off: [] });
  expect(await bench.rows(TOLD)).toEqual([{ name: 't6201_1_g1' }, { name: 't6203_1_g1' }]);
  expect(await turnQuietMerges(engine)).toEqual({ on: [], off: [] });

  await engine.exec('SYSTEM START MERGES');
  await engine.exec('OPTIMIZE TABLE tailrace.t6201_1_g1 FINAL');
  expect(await turnQuietMerges(engine)).toEqual({ on: [], off: ['t6201_1_g1'] });
  expect(await bench.rows(TOLD)).toEqual([{ name: 't6203_1_g1' }]);
});

test('a storage that an earlier version told to merge after any change is left alone', async () => {
  await using bench = await warehouseBench();
  await bench.lake.copy(big, { generation: 1, lsn: 10n }, [rows]);
  await bench.settle();
  await bench.engine.exec('ALTER TABLE tailrace.t6201_1_g1 MODIFY SETTING min_age_to_force_merge_seconds = 300');
  expect(await turnQuietMerges(bench.engine)).toEqual({ on: [], off: ['t6201_1_g1'] });
});
