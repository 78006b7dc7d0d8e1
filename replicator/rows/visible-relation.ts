import type { Relation } from '../../postgres/pgoutput/handler.ts';

/** A Relation message without the columns that are left out. */
export interface VisibleRelation extends Relation {
  /** Per column: its place in the tuples of the stream. */
  readonly positions: Int32Array;
}

/** Removes columns by name: before the catalog is read, only names say what is left out. */
export function visibleRelation(relation: Relation, excluded: ReadonlySet<string> | undefined): VisibleRelation {
  const places = relation.columns.flatMap(({ name }, place) => (excluded?.has(name) === true ? [] : [place]));
  return {
    ...relation,
    columns: places.flatMap((place) => relation.columns[place] ?? []),
    positions: Int32Array.from(places),
  };
}
