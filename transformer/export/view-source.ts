import { randomBytes } from 'node:crypto';
import { TailraceError } from '../../core/errors.ts';
import { parseLsn } from '../../core/lsn.ts';
import { sql } from '../../warehouse-sql/load.ts';
import { dropClone } from '../../warehouse/clone.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { qualifiedCh, quoteCh } from '../../warehouse/names.ts';
import type { Model } from '../folder/model.ts';
import type { TestPlace } from '../quality/test-freeze.ts';
import { TestScope } from '../quality/test-scope.ts';
import type { ModelRecord } from '../state/model-record.ts';
import { TransformState } from '../state/transform-state.ts';
import type { OpenedSource } from './opened-source.ts';

/** A view and the models of its folder, in topological order. */
interface ViewOrder {
  readonly table: string;
  readonly models: readonly Model[];
}

/**
 * The rows of a model of kind `view`, until they are released: its SELECT over the tables of the
 * source at one freeze and over other models as they were published last. The LSN is that of the
 * freeze; as-of is that of the oldest of them. EXPORT_FAILED when the view cannot be read.
 */
export async function openView(engine: Engine, place: TestPlace, { table, models }: ViewOrder): Promise<OpenedSource> {
  const model = models.find(({ id }) => id === table);
  if (model === undefined)
    throw new TailraceError('BAD_ARGUMENT', `the model ${table} is a view, and its file is not known`, {
      hint: 'Give --models, the directory with the file.',
    });
  const { records } = await TransformState.open(engine);
  await using scope = await TestScope.open(engine, place, {
    models,
    records,
    reads: [model],
    asShown: true,
    settings: 'join_use_nulls = 1',
  });
  const fault = scope.faultOf([model]);
  if (fault !== null) throw new TailraceError('EXPORT_FAILED', `${table} cannot be read: ${fault}`);
  const clone = `e${randomBytes(8).toString('hex')}`;
  const select = scope.rename(`SELECT * FROM ${qualifiedCh(model.database, model.name)}`, [model]);
  const release = (): Promise<void> => dropClone(engine, qualifiedCh('tailrace_exports', clone)).catch(() => {});
  try {
    await engine.exec(sql('fill-export', { clone: quoteCh(clone), select }));
  } catch (error) {
    await release();
    throw error;
  }
  const from = qualifiedCh('tailrace_exports', clone);
  const times = [scope.freeze.asOf, ...storedBelow(model, models, records).map(({ shown }) => shown?.asOf ?? null)];
  const asOf = times.includes(null) ? null : (times.map(String).toSorted()[0] ?? null);
  const source = { table, lsn: parseLsn(scope.freeze.lsn), asOf, from, key: model.key, binary: [], hidden: [] };
  return { source, [Symbol.asyncDispose]: release };
}

/** The stored models that a view reads, also through other views. */
function storedBelow(model: Model, models: readonly Model[], records: ReadonlyMap<string, ModelRecord>): ModelRecord[] {
  return models
    .filter(({ id }) => model.inputs.includes(id))
    .flatMap((input) => {
      const record = records.get(input.id);
      return input.kind === 'view' ? storedBelow(input, models, records) : record === undefined ? [] : [record];
    });
}
