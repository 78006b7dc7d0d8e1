import { TailraceError } from '../../core/errors.ts';
import type { Vector } from '../../core/vector.ts';
import type { FileColumn } from '../../lake/arrow-file.ts';
import { LINEAGE_COLUMN, ROW_COLUMN, lineageColumn, streamFields } from '../../lake/row-columns.ts';
import type { FinishedPart } from './finish-part.ts';

/** A finished part as the columns of its Arrow file, in the order of the lake format. */
export function fileColumns(part: FinishedPart): FileColumn[] {
  const vectors = vectorsByName(part);
  return streamFields(part.table, part.lineage !== null).map(({ name, nullable, metadata }) => {
    const vector = vectors.get(name);
    if (vector === undefined) throw new TailraceError('INTERNAL', `a file of ${part.table.tableId} lacks column ${name}`);
    return { name, vector, nullable, ...(metadata === undefined ? {} : { metadata }) };
  });
}

function vectorsByName({ table, columns, system, lineage }: FinishedPart): Map<string, Vector> {
  const vectors = new Map<string, Vector>();
  table.columns.forEach((column, index) => {
    const vector = columns[index];
    if (vector !== undefined) vectors.set(column.field, vector);
  });
  vectors
    .set(ROW_COLUMN.op, system.op)
    .set(ROW_COLUMN.commitLsn, system.commitLsn)
    .set(ROW_COLUMN.ordinal, system.ordinal)
    .set(ROW_COLUMN.commitTime, system.commitTime)
    .set(ROW_COLUMN.xid, system.xid)
    .set(ROW_COLUMN.unchanged, system.unchanged)
    .set(ROW_COLUMN.exact, system.exact);
  if (lineage === null) return vectors;
  table.key.forEach((id, index) => {
    const field = table.columns.find((column) => column.id === id)?.field;
    const vector = lineage.key[index];
    if (field !== undefined && vector !== undefined) vectors.set(lineageColumn(field), vector);
  });
  return vectors.set(LINEAGE_COLUMN.exact, lineage.exact).set(LINEAGE_COLUMN.begun, lineage.begun);
}
