import { randomBytes } from 'node:crypto';
import { TailraceError } from '../../core/errors.ts';
import { parseLsn } from '../../core/lsn.ts';
import { sql } from '../../warehouse-sql/load.ts';
import { cloneToRead, dropClone } from '../../warehouse/clone.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { literalCh, qualifiedCh } from '../../warehouse/names.ts';
import { isoText } from './export-history.ts';
import type { ExportSource } from './export-table.ts';
import type { OpenedSource } from './opened-source.ts';

/** A run may publish another storage between two looks. */
const TRIES = 5;

/** What readers see of a model. */
interface ShownModel {
  readonly kind: string;
  /** `tailrace_models.r5_2`; '' for a view */
  readonly storage: string;
  /** '' before it was published */
  readonly lsn: string;
  /** As ClickHouse prints a DateTime64 in UTC. */
  readonly as_of: string | null;
}

/**
 * A model as it was published last, until it is released: a clone of its storage, which the next
 * run may drop. A view has none and is opened by `view`. null: there is no such model. BAD_ARGUMENT
 * for one that was never published.
 */
export async function openMart(engine: Engine, table: string, view: () => Promise<OpenedSource>): Promise<OpenedSource | null> {
  if (!(await hasModels(engine))) return null;
  await engine.exec(sql('create-export-database'));
  await dropAbandoned(engine);
  const clone = `e${randomBytes(8).toString('hex')}`;
  const release = (): Promise<void> => dropClone(engine, qualifiedCh('tailrace_exports', clone)).catch(() => {});
  for (let left = TRIES; ; left -= 1) {
    const model = await shownModel(engine, table);
    if (model === null) return null;
    if (model.storage === '') return view();
    try {
      await cloneToRead(engine, { clone: qualifiedCh('tailrace_exports', clone), storage: model.storage });
      return { source: await sourceOf(engine, { table, model, clone }), [Symbol.asyncDispose]: release };
    } catch (error) {
      await release();
      if (left <= 1 || !(await wasReplaced(engine, table, model))) throw error;
    }
  }
}

async function hasModels(engine: Engine): Promise<boolean> {
  const [database, table] = [literalCh('tailrace'), literalCh('model_records')];
  return (await engine.query(sql('table-exists', { database, table }))).length > 0;
}

async function shownModel(engine: Engine, table: string): Promise<ShownModel | null> {
  const [model] = await engine.query<ShownModel>(sql('shown-model', { model: literalCh(table) }));
  if (model === undefined) return null;
  if (model.lsn === '')
    throw new TailraceError('BAD_ARGUMENT', `the model ${table} was never published`, { hint: 'Run `tailrace transform --once` first.' });
  return model;
}

async function wasReplaced(engine: Engine, table: string, model: ShownModel): Promise<boolean> {
  return (await shownModel(engine, table))?.storage !== model.storage;
}

async function sourceOf(
  engine: Engine,
  { table, model, clone }: { table: string; model: ShownModel; clone: string },
): Promise<ExportSource> {
  const place = { database: literalCh('tailrace_exports'), table: literalCh(clone) };
  const key = await engine.query<{ name: string }>(sql('key-columns', place));
  const from = qualifiedCh('tailrace_exports', clone);
  return {
    table,
    lsn: parseLsn(model.lsn),
    asOf: model.as_of === null ? null : isoText(model.as_of),
    from: model.kind === 'incremental' ? `${from} FINAL` : from,
    key: key.map(({ name }) => name),
    binary: [],
    hidden: model.kind === 'incremental' ? ['_tr_version', '_tr_deleted'] : [],
  };
}

/** Clones of exports that died. */
async function dropAbandoned(engine: Engine): Promise<void> {
  for (const { name } of await engine.query<{ name: string }>(sql('abandoned-clones')))
    await dropClone(engine, qualifiedCh('tailrace_exports', name));
}
