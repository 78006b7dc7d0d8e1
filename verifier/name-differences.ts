import type { Engine } from '../warehouse/engine.ts';
import { queryAll } from '../warehouse/cluster/shards.ts';
import { sql } from '../warehouse-sql/load.ts';
import type { SqlConnection } from '../postgres/session/connect.ts';
import type { Comparison } from './comparison.ts';
import type { Difference } from './report.ts';
import type { DifferingPlace } from './row-balance.ts';
import { rowDifference } from './row-difference.ts';
import type { FullRow } from './row-difference.ts';
import type { ReadPiece, SourceReader } from './source-reader.ts';

/** Where a row of the source was seen. */
export interface SourceAt {
  readonly piece: ReadPiece;
  readonly ctid: string;
}

/** What it takes to look at rows of both sides again. */
export interface Ends {
  readonly inside: SqlConnection;
  readonly reader: SourceReader;
  readonly engine: Engine;
  readonly clone: string;
  readonly comparison: Comparison;
}

/** Reads the rows of some places in full and reports how each differs, in the order of the key. */
export async function nameDifferences(ends: Ends, places: readonly DifferingPlace<SourceAt>[]): Promise<Difference[]> {
  if (places.length === 0) return [];
  const theirs = Map.groupBy(await warehouseRows(ends, places), ({ place }) => place);
  const differences: Difference[] = [];
  for (const place of places) {
    // Rows of one place are equal on their side: one is enough.
    const [at] = place.source;
    const source = at === undefined ? undefined : await sourceRow(ends, at);
    const rows = { onlySource: place.source.length, onlyWarehouse: place.warehouse, source, warehouse: theirs.get(place.place)?.[0] };
    differences.push(rowDifference(ends.comparison.columns, ends.comparison.keyless, rows));
  }
  return differences.toSorted((a, b) => a.key.localeCompare(b.key, 'en', { numeric: true }));
}

async function sourceRow({ inside, reader, comparison }: Ends, { piece, ctid }: SourceAt): Promise<FullRow | undefined> {
  const { digests, shown, key } = comparison.source;
  const values = { digests, shown, key, relation: `ONLY ${piece.leaf.table}`, ctid };
  const [row] = await reader.again({ ...piece, rows: 1 }, () => inside.query<FullRow>(sql('verify-source-values', values)));
  return row;
}

async function warehouseRows(
  { engine, clone, comparison }: Ends,
  places: readonly DifferingPlace<SourceAt>[],
): Promise<(FullRow & { place: string })[]> {
  const { place, digests, shown, key, sign } = comparison.warehouse;
  const list = places.map((one) => `toInt64('${one.place}')`).join(', ');
  return queryAll<FullRow & { place: string }>(
    engine,
    sql('verify-warehouse-values', { place, digests, shown, key, sign, clone, places: list }),
  );
}
