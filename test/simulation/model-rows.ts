/** Bytes with what their JSON says, since many read the same ones. Nobody changes what it says. */
interface ReadBytes extends Uint8Array {
  json?: unknown;
}

/** What the JSON of an object says. */
export function jsonOf(bytes: ReadBytes): unknown {
  return (bytes.json ??= JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()));
}

/** A change of one row of a model table, in the order of the source's log. */
export interface Change {
  /** Start of its commit's record. */
  readonly lsn: number;
  readonly key: number;
  /** null: the row is deleted. */
  readonly value: string | null;
}

/** A row, or the last trace of a deleted one. */
interface VersionedRow {
  readonly version: number;
  readonly value: string | null;
}

/** Rows by key. The change with the greater version of a key counts. */
export type ModelRows = Map<number, VersionedRow>;

/** What a data object has in place of Arrow. */
export function encodeChanges(changes: readonly Change[]): Uint8Array {
  return Buffer.from(JSON.stringify(changes));
}

export function decodeChanges(bytes: Uint8Array): readonly Change[] {
  return jsonOf(bytes) as readonly Change[];
}

/** Merges changes into rows. Doing it again changes nothing. */
export function mergeChanges(rows: ModelRows, changes: readonly Change[]): void {
  for (const { lsn, key, value } of changes) {
    const known = rows.get(key);
    if (known === undefined || known.version <= lsn) rows.set(key, { version: lsn, value });
  }
}

/** The same of changes at or above a point: what is below is in the copy or base already. */
export function mergeFrom(rows: ModelRows, changes: readonly Change[], point: bigint): void {
  mergeChanges(
    rows,
    changes.filter(({ lsn }) => BigInt(lsn) >= point),
  );
}

/** Current rows as the model engine has them: texts by key. */
export function currentRows(rows: ModelRows): Map<string, string> {
  return new Map([...rows].flatMap(([key, { value }]) => (value === null ? [] : [[String(key), value] as const])));
}

/** Content as one text: keys and values of the rows that are not deleted. */
export function contentText(rows: ModelRows): string {
  return [...currentRows(rows)]
    .map(([key, value]) => `${key}=${value}`)
    .toSorted()
    .join(' ');
}

/** Rows of a chunk of a copy or base, as pairs of key and value. */
export function encodeRows(rows: ModelRows): Uint8Array {
  return Buffer.from(JSON.stringify([...currentRows(rows)].toSorted(([one], [other]) => (one < other ? -1 : 1))));
}

/** The rows of a chunk as changes of this version. */
export function decodeRows(bytes: Uint8Array, version: number): Change[] {
  const pairs = jsonOf(bytes) as readonly (readonly [string, string])[];
  return pairs.map(([key, value]) => ({ lsn: version, key: Number(key), value }));
}
