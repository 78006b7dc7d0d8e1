import type { TableSchema } from '../../core/table.ts';
import type { Vector } from '../../core/vector.ts';
import { gather } from './gather.ts';
import type { Lineage } from './lineage.ts';
import type { RelationPlan } from './relation-plan.ts';
import { emptyTexts, texts } from './system-columns.ts';
import type { SystemColumns, SystemVectors } from './system-columns.ts';
import type { ChangeCounts } from './table-part.ts';

/** The key that each row's entity had when the file began. Only in files with a key change. */
interface LineageVectors {
  /** In key order. */
  readonly key: readonly Vector[];
  /**
   * Exact texts of key values that do not fit their type, joined with U+0000 in key order; '' if
   * all fit.
   */
  readonly exact: Vector;
  /** Number of an entity that began inside the file; 0: it existed before. */
  readonly begun: Vector;
}

/** The columns of a finished file, and its facts for the manifest. */
export interface FinishedPart {
  readonly table: TableSchema;
  readonly schemaHash: string;
  readonly rows: number;
  readonly counts: Readonly<ChangeCounts>;
  /** Rows with at least one unchanged value. */
  readonly unchanged: number;
  readonly minCommitLsn: bigint;
  readonly maxCommitLsn: bigint;
  /** In schema order. */
  readonly columns: readonly Vector[];
  /** Ids of columns that are NOT NULL at the source but have a NULL here. */
  readonly nulls: readonly number[];
  readonly system: SystemVectors;
  readonly lineage: LineageVectors | null;
}

/** A part at its end, before it is completed. */
export interface GrownPart {
  readonly plan: RelationPlan;
  readonly counts: Readonly<ChangeCounts>;
  readonly columns: readonly Vector[];
  readonly nulls: readonly number[];
  readonly system: SystemColumns;
  readonly lineage: Lineage | null;
  readonly minCommitLsn: bigint;
  readonly maxCommitLsn: bigint;
}

const EXACT_SEPARATOR = '\0';

/** Completes the columns of a file: ours, and the lineage if a key changed. */
export function finishPart(part: GrownPart): FinishedPart {
  const { plan, system, lineage, ...rest } = part;
  return {
    ...rest,
    table: plan.table,
    schemaHash: plan.hash,
    rows: system.rows,
    unchanged: system.markedRows,
    // Before `finish`: it reads the system columns while they still grow.
    lineage: lineage === null ? null : lineageVectors(part, lineage),
    system: system.finish(),
  };
}

function lineageVectors({ plan, columns, system }: GrownPart, lineage: Lineage): LineageVectors {
  const { rows, begun } = lineage.finish(system.rows);
  const key = Array.from(plan.key, (index) => columns[index]).filter((vector) => vector !== undefined);
  const keyFields = Array.from(plan.key, (index) => plan.fields[index] ?? '');
  return {
    key: key.map((vector) => gather(vector, rows)),
    exact: system.hasExact ? texts(Array.from(rows, (row) => joinExact(system.exactOf(row, keyFields)))) : emptyTexts(rows.length),
    begun: { type: { kind: 'uint64' }, length: begun.length, nullCount: 0, validity: null, values: begun, offsets: null, children: [] },
  };
}

function joinExact(exact: readonly string[]): string {
  return exact.every((text) => text === '') ? '' : exact.join(EXACT_SEPARATOR);
}
