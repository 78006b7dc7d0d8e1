import { createHash } from 'node:crypto';
import type { TableSchema } from '../../core/table.ts';
import { requireValidFile } from '../../lake/manifest.ts';
import { quoteCh } from '../../warehouse/names.ts';
import { sql } from '../../warehouse-sql/load.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { READ_SETTINGS } from '../../warehouse/insert-settings.ts';
import type { Generation } from '../state/generation.ts';
import type { StepId } from '../state/staged-step.ts';
import type { SqlSource } from './lake-source.ts';
import { openFiles } from './open-files.ts';
import type { NamedFile } from './open-files.ts';
import type { Step } from '../plan/item.ts';
import { sum } from '../plan/plan.ts';
import { fenced, keysSql, streamCondition, streamFields, streamStructure } from '../storage/row-sql.ts';
import { boundsSql, version } from '../storage/version.ts';
import type { Bounds, Version } from '../storage/version.ts';
import type { StepContext } from './step-context.ts';
import { MARKS_SQL, NO_MARKS_SQL, unchangedBits } from './unchanged-columns.ts';

/** A block of fewer rows is always folded: that costs nothing then. */
const MANY_ROWS = 10_000;

/**
 * Folding a block copies every value of it once more, a third of an insert's CPU. So it is left to
 * the next merge when at least this share of the rows are of different keys.
 */
const MOSTLY_DIFFERENT = 0.8;

/** One step with everything that its statements need. */
export interface OpenStep {
  readonly step: Step;
  readonly schema: TableSchema;
  readonly storage: string;
  readonly bounds: Bounds;
  /** Below it, values may be missing: the copy has them at a later point. */
  readonly wholeSince: Version;
  /** Bits of the columns that have unchanged values; null: all may have some. */
  readonly unchanged: ReadonlySet<number> | null;
  /** Superseded rows of the block are left out before it is written. */
  readonly folds: boolean;
  /** Subquery: the files' rows under the storage's names. */
  readonly rows: string;
  readonly id: StepId;
}

/**
 * Opens a step's files after checking that they are what the manifest says. The caller releases the
 * source.
 */
export async function openStep(options: {
  context: StepContext;
  step: Step;
  schema: TableSchema;
  generation: Pick<Generation, 'storage' | 'lastPoint' | 'history'>;
}): Promise<{ open: OpenStep; source: SqlSource }> {
  const { context, step, schema } = options;
  const { storage, lastPoint, history } = options.generation;
  const read = { ...step, timed: history !== undefined };
  const { before } = step;
  for (const file of step.files) requireValidFile(file);
  const counted = schema.identity === 'key' && sum(step.files, 'rows') >= MANY_ROWS;
  const { source, marks, keys } = await openFiles(context, step.files, {
    structure: streamStructure(schema, read),
    marks: step.files.some((file) => file.unchanged > 0) ? MARKS_SQL : NO_MARKS_SQL,
    keys: counted ? keysSql(schema) : '0',
  });
  const bounds = { from: version(schema.epoch, step.at.lsn), before: before === null ? null : version(schema.epoch, before) };
  const wholeSince = lastPoint === undefined ? 0n : version(schema.epoch, lastPoint);
  const rows = sql('rows', { fields: streamFields(schema, read), source: source.table, condition: fenced(context, streamCondition(step)) });
  return {
    open: {
      step,
      schema,
      storage,
      bounds,
      wholeSince,
      unchanged: unchangedBits(marks),
      folds: !counted || keys < sum(step.files, 'rows') * MOSTLY_DIFFERENT,
      rows,
      id: { storage, files: digestOf(step.files), from: step.at.lsn, before, truncate: null },
    },
    source,
  };
}

/** The version of the last truncate that the step applies, or null. */
export async function lastTruncate(engine: Engine, open: OpenStep): Promise<Version | null> {
  const [found] = await engine.query<{ version: string }>(
    sql('last-truncate', { rows: open.rows, bounds: boundsSql('r._tr_version', open.bounds), settings: READ_SETTINGS }),
  );
  const last = BigInt(found?.version ?? '0');
  return last === 0n ? null : last;
}

/** The rest of a step after a truncate: later changes, which go into the new storage. */
export function afterTruncate(open: OpenStep, truncate: Version, storage: string): OpenStep {
  return { ...open, storage, bounds: { ...open.bounds, from: truncate + 1n }, id: { ...open.id, truncate } };
}

/** Quoted name of an OpenStep's storage. */
export function storageOf(open: OpenStep): string {
  return quoteCh(open.storage);
}

function digestOf(files: readonly NamedFile[]): string {
  return createHash('sha256')
    .update(files.map(({ path }) => path).join('\n'))
    .digest('hex')
    .slice(0, 32);
}
