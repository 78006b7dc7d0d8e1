import type { Column, TableSchema } from '../../core/table.ts';
import { fieldName } from '../../postgres/catalog/field-name.ts';
import type { Relation, RelationColumn } from '../../postgres/pgoutput/handler.ts';
import type { TableFacts } from './table-facts.ts';

/**
 * A column that a relation between two known moments may have: as it was before, as it is now, or
 * both.
 */
interface Candidate {
  readonly id: number;
  readonly shapes: readonly Column[];
  /** There before and now, so there all the while. */
  readonly always: boolean;
}

/**
 * The schema of a relation that lies between what was known and the catalog, which went further
 * meanwhile: several columns added or dropped one by one while rows were changed. Attnums are given
 * once and grow, so the relation's columns are found among those of both ends; null when a column
 * may have come and gone in between, or a name could mean two columns.
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
 * Where the relation has as many columns as there were in all, or no more than those that stayed,
 * each has its place whatever it was called then: columns are sent in the order of their attnums.
 * Rules of the configuration go by name, so there the names have to be known ones.
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

/** How many columns came since and are still there, those that are left out among them. */
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
