import type { Column, TableSchema } from '../../core/table.ts';
import { fieldName } from '../../postgres/catalog/field-name.ts';
import type { Relation, RelationColumn } from '../../postgres/pgoutput/handler.ts';
import type { TableFacts } from './table-facts.ts';

/**
 * A column that a relation between two known states may have: in its old shape, its new one, or
 * either.
 */
interface Candidate {
  readonly id: number;
  readonly shapes: readonly Column[];
  /** It exists before and now, so it existed in between. */
  readonly always: boolean;
}

/**
 * The schema of a relation between what was known and the catalog, which is already further ahead:
 * columns were added or dropped one by one while rows changed. Attnums are given once and grow, so
 * the relation's columns are among those of both ends. Null when a column may have come and gone in
 * between, or a name could mean two columns.
 */
export function schemaBetween(relation: Relation, known: TableFacts, now: TableFacts): TableSchema | null {
  if (now.maxAttnum - known.maxAttnum !== addedColumns(known, now)) return null;
  const candidates = candidatesOf(known, now);
  const named = columnsByOrder(relation, candidates, known, now);
  if (named !== null) return { ...known.table, columns: named };
  const columns: Column[] = [];
  for (const streamed of relation.columns) {
    const fitting = candidates.flatMap(({ id, shapes }) => shapes.filter((shape) => fits(streamed, shape)).map((shape) => ({ id, shape })));
    if (new Set(fitting.map(({ id }) => id)).size !== 1) return null;
    const [found] = fitting;
    if (found === undefined || found.id <= (columns.at(-1)?.id ?? 0)) return null;
    columns.push(found.shape);
  }
  const ids = new Set(columns.map(({ id }) => id));
  if (candidates.some(({ id, always }) => always && !ids.has(id))) return null;
  return { ...known.table, columns };
}

/**
 * Columns are sent in the order of their attnums. So if the relation has all columns of both ends,
 * or only those that stayed, each has its place under any name. Not with rules of the
 * configuration: they use names, so the names must be known.
 */
function columnsByOrder(relation: Relation, candidates: readonly Candidate[], known: TableFacts, now: TableFacts): Column[] | null {
  if (known.table.narrowed !== undefined || now.table.narrowed !== undefined) return null;
  const sorted = candidates.toSorted((a, b) => a.id - b.id);
  const places = [sorted, sorted.filter(({ always }) => always)].find(({ length }) => length === relation.columns.length);
  if (places === undefined) return null;
  const columns = relation.columns.flatMap((streamed, index) => {
    const shape = places[index]?.shapes.find(({ typeOid, typmod }) => typeOid === streamed.typeOid && typmod === streamed.typmod);
    return shape === undefined ? [] : [{ ...shape, name: streamed.name, field: fieldName(streamed.name, shape.attnum) }];
  });
  return columns.length === relation.columns.length ? columns : null;
}

/** How many columns were added since and still exist, including those that are left out. */
export function addedColumns(known: TableFacts, now: TableFacts): number {
  const ids = [...now.table.columns.map(({ id }) => id), ...(now.table.narrowed?.hidden ?? [])];
  return ids.filter((id) => id > known.maxAttnum).length;
}

function candidatesOf(known: TableFacts, now: TableFacts): Candidate[] {
  const ids = new Set([...known.table.columns, ...now.table.columns].map(({ id }) => id));
  return [...ids].map((id) => {
    const before = known.table.columns.filter((column) => column.id === id);
    const after = now.table.columns.filter((column) => column.id === id);
    return { id, shapes: [...before, ...after], always: before.length > 0 && after.length > 0 };
  });
}

function fits(streamed: RelationColumn, { name, typeOid, typmod }: Column): boolean {
  return streamed.name === name && streamed.typeOid === typeOid && streamed.typmod === typmod;
}
