import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatLsn } from '../../core/lsn.ts';
import { play, scenario } from '../../test/support/warehouse/replayed-table.ts';
import type { Played, Scenario } from '../../test/support/warehouse/replayed-table.ts';
import { warehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../../test/support/warehouse/warehouse-bench.ts';

interface Version {
  readonly id: string;
  readonly n: string | null;
  readonly body: string | null;
  readonly op: string;
  readonly lsn: string;
  /** Microseconds of the day; null: open, or from before the history. */
  readonly from: string | null;
  readonly to: string | null;
}

/** What the history has to be: the rows with which the lake begins, and each change since. */
function expected({ model, lsn, rows }: Played): Version[] {
  const first = rows.map(({ id, n, body }) => ({
    id: id ?? '',
    n: n ?? null,
    body: body ?? null,
    op: 'copy',
    lsn,
    at: null as bigint | null,
  }));
  const later = model.versions.filter((one) => one.lsn >= lsn).map((one) => ({ ...one, at: one.lsn as bigint | null }));
  return [...Map.groupBy([...first, ...later], ({ id }) => id).values()].flatMap((ofKey) =>
    ofKey.map(({ at, lsn: commit, ...one }, index): Version => {
      const gone = one.op === 'delete' || one.op === 'truncate';
      const end = gone ? at : (ofKey[index + 1]?.at ?? null);
      return { ...one, lsn: formatLsn(commit), from: at?.toString() ?? null, to: end?.toString() ?? null };
    }),
  );
}

function sorted(versions: readonly Version[]): string[] {
  return versions.map(({ id, lsn, from, to, op, n, body }) => [id, lsn, from, to, op, n, body].map(String).join(' ')).toSorted();
}

async function compare(bench: WarehouseBench, played: Played, { base }: Scenario): Promise<void> {
  const { name, model, lsn } = played;
  const day = "toUnixTimestamp64Micro(toDateTime64('2026-01-01 00:00:00', 6, 'UTC'))";
  const micros = (column: string): string => `toString(toUnixTimestamp64Micro(${column}) - ${day})`;
  const found = await bench.rows<Version>(
    `SELECT id, n, body, op, lsn, ${micros('valid_from')} AS from, ${micros('valid_to')} AS to FROM public.${name}__history`,
  );
  expect(sorted(found)).toEqual(sorted(expected(played)));
  // A base is of the time of a batch, which is later than all times of the model.
  if (base !== null) return;
  const dumps = [...model.dumps].filter(([commit]) => commit >= lsn);
  for (const [commit, dump] of dumps.slice(-2)) {
    const time = `2026-01-01 00:00:00.${String(commit).padStart(6, '0')}`;
    expect(await bench.rows(`SELECT * FROM public.${name}__at(time = '${time}') ORDER BY id`)).toEqual(dump);
  }
}

test('after any interruption and repetition the versions are those of the source, also when they are turned on late', async () => {
  const history: Record<string, 'forever'> = {};
  await using bench = await warehouseBench({ history });
  await fc.assert(
    fc.asyncProperty(scenario, fc.boolean(), async (one, late) => {
      if (!late) history['public.*'] = 'forever';
      await play(bench, one, {
        beforeLast() {
          history['public.*'] = 'forever';
        },
        async after(played) {
          await bench.settle();
          await compare(bench, played, one);
        },
      });
      delete history['public.*'];
      await bench.settle();
    }),
    { numRuns: Number(process.env['HISTORY_SCENARIOS'] ?? 3), endOnFailure: true },
  );
}, 3_600_000);
