import type { Token } from '../token.ts';
import { keyword } from '../token.ts';
import { valueOf } from '../statement-tail.ts';
import { sortSettings } from '../reader-settings.ts';
import type { ReaderLimits } from '../reader-plan.ts';
import { RefusedError } from './statement-cursor.ts';

/**
 * Settings of statements that write and of tables. None names a file, a disk or an address, holds
 * an expression, or lifts a limit of the process.
 */
const ALLOWED: ReadonlySet<string> = new Set(
  `allow_nondeterministic_mutations allow_replace_partition_from_empty_source alter_sync async_insert cast_string_to_dynamic_use_inference
  data_type_default_nullable database_replicated_enforce_synchronous_settings date_time_input_format flatten_nested insert_deduplicate
  insert_distributed_sync insert_null_as_default insert_quorum lightweight_deletes_sync max_insert_block_size
  max_partitions_per_insert_block mutations_sync optimize_on_insert select_sequential_consistency wait_for_async_insert
  allow_nullable_key allow_suspicious_low_cardinality_types deduplicate_merge_projection_mode enable_block_number_column
  enable_block_offset_column index_granularity index_granularity_bytes max_bytes_to_keep max_rows_to_keep min_bytes_for_wide_part
  min_bytes_to_keep min_rows_for_wide_part min_rows_to_keep non_replicated_deduplication_window replicated_deduplication_window
  replicated_deduplication_window_seconds ttl_only_drop_parts`.split(/\s+/),
);
/** How the rows of an INSERT are read. */
const INPUT =
  /^(?:input_format_(?:csv|tsv|json|parquet|arrow|native|binary)_\w+|input_format_(?:allow_errors_(?:num|ratio)|defaults_for_omitted_fields|null_as_default|skip_unknown_fields|with_names_use_header|with_types_use_header|import_nested_json)|format_csv_\w+)$/;
/** Bounds of one statement of builder; its time ends with its client. */
export const WRITE_LIMITS = { memoryBytes: 300 * 1024 * 1024, threads: 2 };
const TIGHTER: ReaderLimits = { memoryBytes: WRITE_LIMITS.memoryBytes, executionSeconds: 0 };

/** Whether a setting changes writes only; a statement of builder that reads does without it. */
function isOfWrites(name: string): boolean {
  return ALLOWED.has(name) || INPUT.test(name);
}

/** Settings without those that mean nothing here. Throws RefusedError for a forbidden one. */
export function requireAllowed(asked: Readonly<Record<string, string>>): Record<string, string> {
  const others = Object.entries(asked).filter(([name]) => !isOfWrites(name));
  const { honoured, judged } = sortSettings(Object.fromEntries(others), TIGHTER);
  const [refused] = Object.keys(judged);
  if (refused !== undefined) throw new RefusedError(497, `builder may not set ${refused}. (ACCESS_DENIED)`);
  return { ...honoured, ...Object.fromEntries(Object.entries(asked).filter(([name]) => isOfWrites(name))) };
}

/** What a statement of builder that reads keeps of its settings. */
export function forReads(asked: Readonly<Record<string, string>>): Record<string, string> {
  const { honoured } = sortSettings(asked, TIGHTER);
  return Object.fromEntries(Object.entries(asked).filter(([name]) => name in honoured || !isOfWrites(name)));
}

/** Assignments as a statement has them. */
export interface GivenSettings {
  readonly settings: Record<string, string>;
  /** The token behind the last one. */
  readonly end: number;
}

/** `a = 1, b = 'x'` from a token on. Throws RefusedError for a setting that builder may not set. */
export function allowedSettings(tokens: readonly Token[], begin: number): GivenSettings {
  const settings: Record<string, string> = {};
  let at = begin;
  for (;;) {
    const [name, equals] = tokens.slice(at, at + 2);
    const value = valueOf(tokens[at + 2]);
    if (name === undefined || !['word', 'quoted'].includes(name.kind) || equals?.text !== '=' || value === null)
      throw new RefusedError(497, `builder may not set ${name?.text ?? 'this'} so. (ACCESS_DENIED)`);
    settings[name.text] = value;
    at += 3;
    const comma = tokens[at];
    if (comma === undefined || keyword(comma) !== ',') break;
    at += 1;
  }
  return { settings: requireAllowed(settings), end: at };
}
