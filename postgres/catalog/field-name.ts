/** Columns that ClickHouse's file(), s3() and MergeTree give by themselves. */
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
 * Dots nest; quotes, backslashes and control characters do not survive the structure of a table
 * function.
 */
// oxlint-disable-next-line no-control-regex
const UNREADABLE = /[.`'"\\\u0000-\u001f\u007f]/;

/**
 * A column's name in Arrow files: its own, or `c<id>` where ClickHouse cannot read that.
 * Names of the form `c<number>` are never kept, so that no two columns of a table get one field.
 */
export function fieldName(name: string, id: number): string {
  const kept = name !== '' && !UNREADABLE.test(name) && !name.startsWith('_tr_') && !CLICKHOUSE_OWN.has(name) && !/^c\d+$/.test(name);
  return kept ? name : `c${id}`;
}
