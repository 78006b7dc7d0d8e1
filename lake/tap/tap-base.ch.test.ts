import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { EVERY_TYPE, ROWS } from '../../test/support/tap/every-type.ts';
import { parseLines } from '../../test/support/tap/fold-lines.ts';
import type { TapLine } from '../../test/support/tap/fold-lines.ts';
import { sweepBelow } from '../../test/support/warehouse/lake-base.ts';
import { warehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';
import { BaseLog } from '../bases/base-log.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { tapLines } from './tap.ts';

async function tapped(store: ObjectStore, to: bigint): Promise<TapLine[]> {
  let text = '';
  const options = { from: 'start', to, tables: [], log: silentLogger(), signal: new AbortController().signal } as const;
  for await (const lines of tapLines({ ...options, store })) text += lines;
  return parseLines(text);
}

const byId = (lines: readonly TapLine[]) => lines.map(({ row }) => row).toSorted((a, b) => Number(a?.['id']) - Number(b?.['id']));

test('where the copy was swept, a tap begins with the rows of the newest base, which are the same in every type', async () => {
  await using bench = await warehouseBench({ baseIntervalMs: 1_000 });
  const { lake } = bench;
  const rows = ROWS.map((row, index) => ({ ...row, int2: row['int2'] ?? '1', text: row['text'] ?? '', id: String(index) }));
  await lake.copy(EVERY_TYPE, { generation: 1, lsn: 10n }, [rows]);
  await lake.batch([await lake.file(EVERY_TYPE, [{ op: 'I', lsn: 20n, ordinal: 1, row: { ...rows[0], id: '99' } }])]);
  await lake.batch([], { to: 20_000n });
  const whole = await tapped(lake.store, 10_000n);
  await bench.settle();
  const [base] = await new BaseLog(lake.store).whole();
  expect(base?.done.rows).toBe(rows.length + 1);
  await sweepBelow(lake.store, { tableId: EVERY_TYPE.tableId, manifest: base?.plan.manifest ?? 0 });
  await lake.batch([], { to: 30_000n });
  const again = await tapped(lake.store, 25_000n);
  expect(again.every(({ op, lsn }) => op === 'copy' && lsn === base?.plan.consistentPoint)).toBe(true);
  expect(byId(again)).toEqual(byId(whole));
});
