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
