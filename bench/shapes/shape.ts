import type { Client } from 'pg';

/**
 * What the rows of a table look like, in the source and in the warehouse. A row has a number, and
 * all its values follow from it.
 */
export interface Shape {
  /** Columns of the source's table, with their types. */
  readonly columns: string;
  /** SQL for the source: the values of row number `n`, an expression. */
  readonly values: (n: string) => string;
  /** SQL for both sides: the column that is the key. */
  readonly key: string;
  /** SQL for the source: the key of row number `n`, an expression. */
  readonly keyOf: (n: string) => string;
  /** The same as a literal, for the warehouse. */
  readonly keyLiteral: (n: number) => string;
  /** SQL for the warehouse: a condition that a run of keys near that of row `n` meets. */
  readonly rangeFrom: (n: number) => string;
  /** SQL for the source: what an ordinary update sets. */
  readonly update: string;
  /** SQL for the source: a text of all values of a row. */
  readonly sourceText: string;
  /** SQL for the warehouse: the same text. */
  readonly shownText: string;
  /** SQL for the warehouse: a count, a sum and the latest time. */
  readonly sums: string;
  /** SQL for the warehouse: an expression with about a hundred values. */
  readonly part: string;
  /** Columns of a plain table of the warehouse, and of the lake's files. */
  readonly plain: string;
}

/** Makes a table of a shape with rows 1…`rows`. */
export async function makeTable(client: Client, table: string, shape: Shape, rows = 0): Promise<void> {
  await client.query(`create table ${table} (${shape.columns})`);
  if (rows > 0) await addRows(client, table, shape, { from: 1, to: rows });
}

/** Adds rows `from`…`to`, made by the source itself. */
export async function addRows(client: Client, table: string, shape: Shape, { from, to }: { from: number; to: number }): Promise<void> {
  await client.query(`insert into ${table} select ${shape.values('g')} from generate_series(${from}::bigint, ${to}::bigint) g`);
}
