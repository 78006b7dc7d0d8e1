import { type Ends, askRows } from './ask-warehouse.ts';
import type { Compared } from './compare-table.ts';
import { type Cells, copyOut, shown } from './copy-text.ts';
import { withoutTrailingZeros } from './documented.ts';
import { promisesOf } from './documented-columns.ts';
import type { KeyTable } from './key-play.ts';

/**
 * The rows of a table with what was counted and a hash of what is large, against those of the
 * warehouse. Rows without a key may be there several times.
 */
export async function compareKeys({ client, endpoint }: Ends, table: KeyTable): Promise<Compared> {
  const names = table.key.types.map((_, i) => `k${i}`).join(', ');
  const expected = await copyOut(client, `select ${names}, n, md5(big) from public.${table.name}`);
  const keys = (await promisesOf({ client, endpoint }, table.name)).slice(0, table.key.types.length);
  const found = await askRows(
    endpoint,
    `select ${keys.map(({ sql }) => sql).join(', ')}, n, lower(hex(MD5(assumeNotNull(big)))) from public.${table.name}__exact as t`,
  );
  const kept = (rows: Cells[]): Cells[] =>
    rows.map((row) => row.map((cell, i) => (cell !== null && keys[i]?.trimmed === true ? withoutTrailingZeros(cell) : cell)));
  const [theirs, ours] = [counted(kept(expected)), counted(kept(found))];
  const differences = [...new Set([...theirs.keys(), ...ours.keys()])]
    .filter((row) => theirs.get(row) !== ours.get(row))
    .map(
      (row) =>
        `${table.name}, ${table.says}: ${row} is in Postgres ${theirs.get(row) ?? 0} times, in the warehouse ${ours.get(row) ?? 0} times`,
    );
  return { cells: expected.reduce((sum, row) => sum + row.length, 0), differences };
}

function counted(rows: Cells[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const text = row.map(shown).join(' | ');
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}
