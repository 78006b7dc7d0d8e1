import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PLACES_AND_CLUSTER } from '../test/support/warehouse/places.ts';
import { play, scenario } from '../test/support/warehouse/replayed-table.ts';
import { warehouseBench } from '../test/support/warehouse/warehouse-bench.ts';

describe.each(PLACES_AND_CLUSTER)('on $name', ({ open, scenarios }) => {
  test('after any interruption and repetition the rows equal the source, and a second warehouse from the same lake has the same rows', async () => {
    await using bench = await open();
    await fc.assert(
      fc.asyncProperty(scenario, (one) => play(bench, one)),
      { numRuns: scenarios, endOnFailure: true },
    );
    await using second = await warehouseBench({ lake: bench.lake });
    await second.settle();
    const tables = await bench.rows<{ name: string }>(
      "SELECT name FROM system.tables WHERE database = 'public' AND NOT name LIKE '%exact'",
    );
    expect(tables.length).toBeGreaterThan(1);
    for (const { name } of tables) {
      const query = `SELECT * FROM public.${name} ORDER BY id`;
      expect(await second.rows(query)).toEqual(await bench.rows(query));
    }
  }, 600_000);
});
