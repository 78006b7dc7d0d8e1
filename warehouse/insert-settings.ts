/**
 * Settings of every statement that reads files: without them a NULL or a missing column silently
 * becomes a default.
 */
export const READ_SETTINGS = [
  'input_format_null_as_default = 0',
  'input_format_arrow_allow_missing_columns = 0',
  'use_structure_from_insertion_table_in_table_functions = 0',
  'schema_inference_make_columns_nullable = 0',
  // Otherwise a folder in the path with a name like `column=value` would replace the values of that
  // column.
  'use_hive_partitioning = 0',
].join(', ');

/**
 * Settings of every insert of rows: one block, so all or nothing. Repeating it brings the same rows
 * in the same versions.
 */
export const INSERT_SETTINGS = [
  READ_SETTINGS,
  'insert_null_as_default = 0',
  'async_insert = 0',
  'max_insert_threads = 1',
  'min_insert_block_size_rows = 20000000',
  'min_insert_block_size_bytes = 0',
].join(', ');

/**
 * Sent to a server with every statement of every room, reads included. A server may be many nodes
 * behind one address, and each request may meet another one.
 */
export const SERVER_READ_SETTINGS: Readonly<Record<string, string>> = {
  // A node may lag behind our last insert. A stale read of a storage resolves an unchanged value to
  // a wrong one for good, and a stale read of the state applies a step twice.
  select_sequential_consistency: '1',
  // One node answers alone. With several, FINAL is refused or every node contributes its rows.
  enable_parallel_replicas: '0',
  // By default, a cluster refuses a join of two tables that lie on several shards (code 288).
  distributed_product_mode: 'global',
};

/** Sent to a server with every statement that is run for its effect. */
export const SERVER_INSERT_SETTINGS: Readonly<Record<string, string>> = {
  ...SERVER_READ_SETTINGS,
  // With 2, the default, every node runs its share of an INSERT SELECT, or all of it: from 26.6 on,
  // and until it was repaired in 26.9.1.1624, rows arrived once per node. The shares are also many
  // blocks, so the insert is no longer all or nothing.
  parallel_distributed_insert_select: '0',
  // A replicated table forgets a block that it has seen before. It may count a block as seen whose
  // part was lost, and would drop the rows when a step is applied again. Versions make that safe.
  insert_deduplicate: '0',
};

/**
 * Newer servers have these in place of `insert_deduplicate`, and they override it. Sent where the
 * server knows them.
 */
export const SERVER_INSERT_SETTINGS_IF_KNOWN: Readonly<Record<string, string>> = {
  deduplicate_insert: 'disable',
  deduplicate_insert_select: 'disable',
};
