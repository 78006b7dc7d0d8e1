import type { ReaderLimits } from './reader-plan.ts';

/**
 * Settings that only change how values are written. `output_format_schema` is not among them: it
 * names a file to write.
 */
const FORMAT_SETTING =
  /^(?:output_format_(?!schema$)\w+|date_time_output_format|interval_output_format|bool_(?:true|false)_representation|format_(?:csv_delimiter|csv_null_representation|tsv_null_representation))$/;

/**
 * Settings that change what a query means or how much of it is answered, and reach nothing outside
 * it. None of them holds an expression, whose functions would run unchecked.
 */
const ANSWER_SETTINGS: ReadonlySet<string> = new Set([
  'aggregate_functions_null_for_empty',
  'any_join_distinct_right_table_keys',
  'cast_keep_nullable',
  'count_distinct_implementation',
  'date_time_input_format',
  'distributed_product_mode',
  'empty_result_for_aggregation_by_constant_keys_on_empty_set',
  'except_default_mode',
  'extremes',
  'final',
  'group_by_use_nulls',
  'http_headers_progress_interval_ms',
  'intersect_default_mode',
  'join_any_take_last_row',
  'join_default_strictness',
  'join_use_nulls',
  'joined_subquery_requires_alias',
  'least_greatest_legacy_null_behavior',
  'limit',
  'low_cardinality_allow_in_native_format',
  'max_block_size',
  'max_bytes_to_read',
  'max_columns_to_read',
  'max_result_bytes',
  'max_result_rows',
  'max_rows_to_read',
  'offset',
  'prefer_column_name_to_alias',
  'read_overflow_mode',
  'regexp_max_matches_per_row',
  'result_overflow_mode',
  'send_progress_in_http_headers',
  'session_timezone',
  'short_circuit_function_evaluation',
  'timeout_overflow_mode',
  'totals_mode',
  'transform_null_in',
  'union_default_mode',
  'use_client_time_zone',
]);

/** Most threads of one query; its memory is bounded separately. */
const MOST_THREADS = 16;
/** Limits that a reader may tighten. */
const LIMITS = { max_memory_usage: 'memoryBytes', max_execution_time: 'executionSeconds' } as const;

/**
 * Settings that ask for what an endpoint for readers does anyway; they are accepted without asking
 * the engine.
 */
const DONE_ANYWAY: readonly (readonly [RegExp, RegExp])[] = [
  [/^readonly$/, /^[12]$/],
  // A query ends with its client and leaves nothing behind.
  [/^cancel_http_readonly_queries_on_client_close$/, /^[01]$/],
  // There is one node, and it has all that was written.
  [/^select_sequential_consistency$/, /^[01]$/],
  [/^enable_parallel_replicas$/, /^0$/],
];

/** Settings of a request, by what happens to them. */
export interface SortedSettings {
  /** Set as requested. */
  readonly honoured: Record<string, string>;
  /**
   * The engine judges these after `readonly = 1`: it accepts a value that is in force already and
   * refuses any other by name.
   */
  readonly judged: Record<string, string>;
}

/** Pure: the settings that a reader asked for → which are honoured. None is dropped. */
export function sortSettings(asked: Readonly<Record<string, string>>, limits: ReaderLimits): SortedSettings {
  const open = Object.entries(asked).filter(
    ([name, value]) => !DONE_ANYWAY.some(([names, values]) => names.test(name) && values.test(value)),
  );
  const [honoured, judged] = [
    open.filter((setting) => isHonoured(setting, limits)),
    open.filter((setting) => !isHonoured(setting, limits)),
  ];
  return { honoured: Object.fromEntries(honoured), judged: Object.fromEntries(judged) };
}

function isHonoured([name, value]: [string, string], limits: ReaderLimits): boolean {
  const limit = name in LIMITS ? limits[LIMITS[name as keyof typeof LIMITS]] : null;
  if (limit !== null) return /^\d+$/.test(value) && Number(value) > 0 && (limit === 0 || Number(value) <= limit);
  if (name === 'max_threads') return /^\d{1,2}$/.test(value) && Number(value) <= MOST_THREADS;
  return FORMAT_SETTING.test(name) || ANSWER_SETTINGS.has(name);
}
