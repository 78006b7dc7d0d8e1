import type { Engine } from '../../warehouse/engine.ts';
import type { Model } from '../folder/model.ts';
import type { ModelRecord } from '../state/model-record.ts';
import type { ChosenTests } from './choose-tests.ts';
import type { BoundTest } from './model-tests.ts';
import { noteQuality } from './note-quality.ts';
import { reconcileTables } from './reconcile.ts';
import type { Reconcile } from './reconcile.ts';
import { runTests } from './run-tests.ts';
import type { TestOutcome } from './run-tests.ts';
import type { TestPlace } from './test-freeze.ts';
import { TestScope } from './test-scope.ts';

/** What tests work with, outside of a run. */
export interface TestContext extends TestPlace {
  /** A builder's. */
  readonly engine: Engine;
  /** null: there is no source. */
  readonly reconcile: Reconcile | null;
  /** Memory of one statement, in bytes. */
  readonly memoryBytes: number;
}

/** What is tested, and on what. */
export interface TestOrder extends ChosenTests {
  /** All models of the folder, in topological order. */
  readonly models: readonly Model[];
  readonly records: ReadonlyMap<string, ModelRecord>;
  /** Models are read as they are shown, also where their inputs changed since. */
  readonly asShown: boolean;
}

interface Table {
  readonly database: string;
  readonly name: string;
}

/**
 * Runs tests at one freeze and writes what they found to tailrace.quality. A model whose inputs
 * changed since it was published is built for them, out of sight. `lsn` is that of the freeze; a
 * reconciliation has a position of its own.
 * Errors: those of `takeFreeze`, and an engine that does not answer.
 */
export async function testNow(context: TestContext, order: TestOrder): Promise<{ readonly lsn: string; readonly tests: TestOutcome[] }> {
  const { engine, memoryBytes } = context;
  const bound = [...order.checks.map(ofModel), ...order.files.flatMap(ofFile)];
  const reads = bound.flatMap(({ tables }) => tables);
  const spill = Math.floor(memoryBytes / 3);
  const settings = `join_use_nulls = 1, max_bytes_before_external_group_by = ${spill}, max_bytes_before_external_sort = ${spill}`;
  await using scope = await TestScope.open(engine, context, { ...order, reads, settings });
  const { lsn, asOf } = scope.freeze;
  const tests: TestOutcome[] = [];
  for (const { test, tables } of bound) {
    context.signal.throwIfAborted();
    const fault = scope.faultOf(tables);
    if (fault !== null) tests.push(untold(test, fault));
    else tests.push(...(await runTests(engine, [test], (select) => scope.rename(select, tables))));
  }
  await noteQuality(engine, null, tests, { lsn, asOf });
  for (const file of order.files) {
    if (file.reconcile === null) continue;
    const { lsn: counted, outcomes } = await reconcileTables(file, context.reconcile);
    await noteQuality(engine, null, outcomes, { lsn: counted ?? '', asOf: null });
    tests.push(...outcomes);
  }
  return { lsn, tests };
}

function ofModel({ model, test }: ChosenTests['checks'][number]): { test: BoundTest; tables: readonly Table[] } {
  return { test, tables: [{ database: model.database, name: model.name }, ...test.reads] };
}

function ofFile(file: ChosenTests['files'][number]): { test: BoundTest; tables: readonly Table[] }[] {
  if (file.select === null) return [];
  const { name, severity, select, tables, inputs } = file;
  return [{ test: { test: name, table: inputs.join(', '), severity, select, reads: tables }, tables }];
}

function untold({ test, table, severity }: BoundTest, error: string): TestOutcome {
  return { test, table, severity, ok: false, failures: 0, sample: [], durationMs: 0, error };
}
