import type { Engine } from '../warehouse/engine.ts';
import { sql } from '../warehouse-sql/load.ts';
import type { SqlConnection } from '../postgres/connect.ts';
import type { Comparison } from './comparison.ts';
import type { Difference, DifferingValue } from './report.ts';
import type { DifferingPlace } from './row-balance.ts';
import type { ReadPiece, SourceReader } from './source-reader.ts';

/** Where a row of the source was seen. */
export interface SourceAt {
  readonly piece: ReadPiece;
  readonly ctid: string;
}

/** A row in full: per column its digest and what is shown of it. */
interface FullRow {
  readonly digests: readonly (string | null)[];
  readonly shown: readonly (string | null)[];
  readonly key: readonly (string | null)[];
}

/** Columns that are shown of a row without a key. */
const SHOWN_COLUMNS = 20;

/** What is needed to look at rows of both sides again. */
export interface Ends {
  readonly inside: SqlConnection;
  readonly reader: SourceReader;
  readonly engine: Engine;
  readonly clone: string;
  readonly comparison: Comparison;
}

/** Reads the rows of some places in full and says what is different about each; in order of the key. */
export async function nameDifferences(ends: Ends, places: readonly DifferingPlace<SourceAt>[]): Promise<Difference[]> {
  if (places.length === 0) return [];
  const theirs = Map.groupBy(await warehouseRows(ends, places), ({ place }) => place);
  const differences: Difference[] = [];
  for (const place of places) {
    // Rows of one place are equal on their side: one is enough.
    const [at] = place.source;
    const source = at === undefined ? undefined : await sourceRow(ends, at);
    differences.push(difference(ends.comparison, place, { source, warehouse: theirs.get(place.place)?.[0] }));
  }
  return differences.toSorted((a, b) => a.key.localeCompare(b.key, 'en', { numeric: true }));
}

function difference(
  { columns, keyless }: Comparison,
  place: DifferingPlace<SourceAt>,
  rows: { source: FullRow | undefined; warehouse: FullRow | undefined },
): Difference {
  const more = place.source.length - place.warehouse;
  const side = place.source.length > 0 && place.warehouse > 0 && !keyless ? 'changed' : more > 0 ? 'missing' : 'phantom';
  const named = rows.source ?? rows.warehouse;
  const key = named?.key.map((text) => text ?? 'NULL').join(', ') ?? place.place;
  const differing = columns.flatMap((column, i) =>
    side === 'changed' && rows.source?.digests[i] !== rows.warehouse?.digests[i] ? [{ column, i }] : [],
  );
  const all = keyless ? columns.map((column, i) => ({ column, i })).slice(0, SHOWN_COLUMNS) : [];
  return {
    key,
    side,
    columns: differing.map(({ column }) => column.name),
    values: (side === 'changed' ? differing : all).flatMap(({ column, i }): DifferingValue[] =>
      column.hidden === true
        ? []
        : [
            {
              column: column.name,
              ...(rows.source === undefined || side === 'phantom' ? {} : { source: rows.source.shown[i] ?? null }),
              ...(rows.warehouse === undefined || side === 'missing' ? {} : { warehouse: rows.warehouse.shown[i] ?? null }),
            },
          ],
    ),
    times: Math.max(1, Math.abs(more)),
  };
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
  return engine.query<FullRow & { place: string }>(
    sql('verify-warehouse-values', { place, digests, shown, key, sign, clone, places: list }),
  );
}
