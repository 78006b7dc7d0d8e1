import { parseLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import { epochOf } from '../../core/table.ts';
import type { CatalogEvent, Manifest } from '../manifest.ts';

/** What a table begins with: a copy, or a base that continues one. */
export interface LifeSource {
  readonly kind: 'copy' | 'base';
  readonly n: number;
  /** The copy, also of a base. */
  readonly generation: number;
  /** Commits below it are in the rows. */
  readonly point: Lsn;
}

/**
 * Where a table stands in a tap. `flows`: its changes come out. `wants`: they do not until there is
 * a copy from this position on. `comes`: that copy is there, and lies ahead. `rests`: they do not
 * until a fact says more.
 */
type LifeState =
  | { readonly kind: 'flows' | 'rests' }
  | { readonly kind: 'wants'; readonly since: Lsn }
  | { readonly kind: 'comes'; readonly source: LifeSource; /** Nothing of the table came out before. */ readonly first?: true };

/** A table of one epoch as a tap sees it. */
export interface TableLife {
  readonly tableId: string;
  readonly state: LifeState;
  /** The copy whose rows came out last; 0: none. */
  readonly generation: number;
  /** Where that copy was taken; null: there was none. */
  readonly point: Lsn | null;
}

/** A table that the tap meets first in the stream. */
export function newLife(tableId: string): TableLife {
  return { tableId, state: { kind: 'flows' }, generation: 0, point: null };
}

/**
 * A table after a fact in a batch. The rows of a batch that asks for a copy are left out from its
 * beginning on: the copy, which is taken after that, has them.
 */
export function afterFact(life: TableLife, { kind }: Pick<CatalogEvent, 'kind'>, { from, to }: Pick<Manifest, 'from' | 'to'>): TableLife {
  const point = life.state.kind === 'comes' ? life.state.source.point : life.point;
  // It begins with a copy that knows of this.
  if (point !== null && point >= parseLsn(kind === 'dropped' || kind === 'held' ? to : from)) return life;
  switch (kind) {
    case 'published':
    case 'resync':
      return { ...life, state: { kind: 'wants', since: parseLsn(from) } };
    case 'dropped':
    case 'held':
      return { ...life, state: { kind: 'rests' } };
    case 'schema':
      return life;
  }
}

/** Whether a fact of a later batch means that the copy that a table waits for does not come. */
export function endsWaiting({ tableId }: Pick<TableLife, 'tableId'>, { epoch, catalog }: Pick<Manifest, 'epoch' | 'catalog'>): boolean {
  if (epoch > epochOf(tableId)) return true;
  return catalog.some((event) => event.tableId === tableId && (event.kind === 'dropped' || event.kind === 'held'));
}

/** The table once the rows of its source have come out. */
export function afterCopy(life: TableLife, { generation, point }: LifeSource): TableLife {
  return { ...life, state: { kind: 'flows' }, generation, point };
}
