/** Virtual columns of ClickHouse's file(), s3() and MergeTree. */
const CLICKHOUSE_OWN = new Set([
  '_block_number',
  '_block_offset',
  '_data_lake_snapshot_version',
  '_database',
  '_disk_name',
  '_etag',
  '_file',
  '_headers',
  '_part',
  '_part_data_version',
  '_part_granule_offset',
  '_part_index',
  '_part_offset',
  '_part_starting_offset',
  '_part_uuid',
  '_partition_id',
  '_partition_value',
  '_path',
  '_row_exists',
  '_row_number',
  '_sample_factor',
  '_size',
  '_table',
  '_tags',
  '_time',
]);

/**
 * Dots make nested columns. Quotes, backslashes and control characters break the structure argument
 * of a table function.
 */
// oxlint-disable-next-line no-control-regex
const UNREADABLE = /[.`'"\\\u0000-\u001f\u007f]/;

/**
 * The name of a column in Arrow files: its own, or `c<id>` where ClickHouse cannot read its own.
 * Names of the form `c<number>` are never kept, so two columns cannot get the same field.
 */
export function fieldName(name: string, id: number): string {
  const kept = name !== '' && !UNREADABLE.test(name) && !name.startsWith('_tr_') && !CLICKHOUSE_OWN.has(name) && !/^c\d+$/.test(name);
  return kept ? name : `c${id}`;
}
