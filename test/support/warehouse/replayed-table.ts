import fc from 'fast-check';
import { expect } from 'vitest';
import type { Change, Row } from '../change-file.ts';
import { tableSchema } from '../lake-writer.ts';
import { ModelTable } from '../model-table.ts';
import type { Action } from '../model-table.ts';
import { putBase, sweepBelow } from './lake-base.ts';
import { turnUntilIdle } from './warehouse-bench.ts';
import type { WarehouseBench } from './warehouse-bench.ts';

const key = fc.integer({ min: 0, max: 4 });
const body = fc.constantFrom('same' as const, 'same' as const, null, 'x', 'y', 'z');
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 30, arbitrary: fc.record({ kind: fc.constant('insert' as const), key, body: fc.constantFrom(null, 'a', 'b', 'c') }) },
  { weight: 50, arbitrary: fc.record({ kind: fc.constant('update' as const), key, body }) },
  { weight: 20, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
  { weight: 50, arbitrary: fc.record({ kind: fc.constant('rekey' as const), key, to: key, body }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('truncate' as const) }) },
  { weight: 40, arbitrary: fc.record({ kind: fc.constant('commit' as const) }) },
);

/**
 * What happens between two settlings: per batch, files of actions, and whether the warehouse
 * follows at once; and at which statements the warehouse goes away. `base`: the batch after which
 * there is a base and nothing older; the warehouse comes to the table after that.
 */
export const scenario = fc.record({
  copied: fc.array(action, { maxLength: 12 }),
  overlap: fc.boolean(),
  batches: fc.array(
    fc.record({ files: fc.array(fc.array(action, { maxLength: 8 }), { minLength: 1, maxLength: 3 }), settle: fc.boolean() }),
    { minLength: 1, maxLength: 4 },
  ),
  base: fc.option(fc.nat({ max: 2 })),
  failures: fc.array(fc.record({ after: fc.integer({ min: 0, max: 15 }), ran: fc.boolean() }), { minLength: 2, maxLength: 6 }),
});
export type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

let oid = 5000;
let lsn = 1000n;

/** A table that was played, and the point at which the lake begins with it. */
export interface Played {
  readonly name: string;
  readonly model: ModelTable;
  readonly lsn: bigint;
  readonly rows: readonly Row[];
}

/** Who looks at a table that is played. */
export interface Watch {
  /** Before the warehouse is settled for the last time. */
  beforeLast(): void;
  /** At the end. */
  after(played: Played): Promise<void>;
}

/**
 * Plays one scenario with a table of its own, fails where it says so, and compares with the model
 * at the end.
 */
export async function play(
  bench: WarehouseBench,
  { copied, overlap, batches, base, failures }: Scenario,
  watch: Watch | null = null,
): Promise<void> {
  oid += 1;
  const name = `t${oid}`;
  const schema = tableSchema({ oid, name, columns: { id: { kind: 'text' }, n: { kind: 'text' }, body: { kind: 'text' } }, key: ['id'] });
  const model = new ModelTable(lsn);
  const first = copied.flatMap((one) => model.act(one));
  model.act({ kind: 'commit' });
  const { lake } = bench;
  let begun = { lsn: model.lsn, rows: model.sorted() };
  await lake.copy(schema, { generation: 1, lsn: model.lsn }, [model.sorted()]);
  const engine = bench.failing();
  const waiting = [...failures];
  let carried: Change[] = overlap ? first : [];
  if (!overlap) await writeFiles([first], false);
  const begins = base === null ? -1 : Math.min(base, batches.length - 1);
  for (const [index, { files, settle }] of batches.entries()) {
    await writeFiles(
      files.map((actions) => actions.flatMap((one) => model.act(one))),
      true,
    );
    if (index === begins) {
      begun = { lsn: model.lsn - 9n, rows: model.sorted() };
      await sweepBelow(lake.store, await putBase(lake.store, schema, { lsn: begun.lsn }, halves(begun.rows)));
    }
    if (settle && index >= begins) await settleThroughFailures();
  }
  watch?.beforeLast();
  await settleThroughFailures();
  lsn = model.lsn + 10n;
  expect(await bench.rows(`SELECT * FROM public.${name} ORDER BY id`)).toEqual(model.sorted());
  await watch?.after({ name, model, ...begun });

  async function writeFiles(files: Change[][], commit: boolean): Promise<void> {
    const [head = [], ...rest] = files;
    const whole = [[...carried, ...head], ...rest].filter((changes) => changes.length > 0);
    carried = [];
    if (commit) model.act({ kind: 'commit' });
    await lake.batch(await Promise.all(whole.map((changes) => lake.file(schema, changes))), { to: model.lsn - 1n });
  }

  async function settleThroughFailures(): Promise<void> {
    for (;;) {
      const failure = waiting.shift();
      const compactor = await bench.start(engine);
      if (failure !== undefined) engine.failAt(failure);
      try {
        await turnUntilIdle(compactor);
        engine.heal();
        return;
      } catch (error) {
        if (!engine.heal()) throw error;
      }
    }
  }
}

/** The rows as two chunks. */
function halves(rows: readonly Row[]): Row[][] {
  const middle = Math.floor(rows.length / 2);
  return [rows.slice(0, middle), rows.slice(middle)];
}
