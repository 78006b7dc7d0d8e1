/*
 * Limits of the engine that do not depend on a warehouse's memory. They are the same for the
 * embedded engine, for a server and for readers.
 */

/**
 * How long a statement may be, in bytes and in parts of its syntax tree. ClickHouse's own limits
 * (256 KiB, 50,000 and 500,000 parts) are too small for a table of 1,600 columns, or for a step
 * over 1,000 files.
 */
export const STATEMENT_LIMITS = {
  max_query_size: 16_777_216,
  max_ast_elements: 1_000_000,
  max_expanded_ast_elements: 1_000_000,
} as const;

/**
 * Tries of one request to S3. ClickHouse's default of 500 is minutes of silence when the lake is
 * down; 8 take about six seconds.
 */
export const S3_ATTEMPTS = 8;

/** A reader's query may run this long. */
export const READER_SECONDS = 600;

/**
 * ClickHouse's `priority`: while a statement with a smaller number runs, others pause before each
 * block of rows. Readers have none, so they neither wait nor are waited for.
 */
export const PRIORITY = { compactor: 1, builder: 10 } as const;

/** Longest pause of a builder before one block, in ms, so that a long load does not stop it. */
const BUILDER_PAUSE_MS = 100;

/**
 * Settings of a statement that builds a model. Groups, sorts and joins that are too large for the
 * memory use the disk. A fact joins several tables at once, so each join gets a smaller part.
 */
export function buildSettings({ memoryBytes, threads }: { memoryBytes: number; threads: number }): Record<string, number> {
  const spill = Math.floor(memoryBytes / 3);
  return {
    max_memory_usage: memoryBytes,
    max_bytes_before_external_group_by: spill,
    max_bytes_before_external_sort: spill,
    max_bytes_before_external_join: Math.floor(memoryBytes / 6),
    max_threads: threads,
    priority: PRIORITY.builder,
    low_priority_query_wait_time_ms: BUILDER_PAUSE_MS,
    join_use_nulls: 1,
  };
}

/** Settings as SQL, for SET or SETTINGS. Values are numbers: nothing in them needs quoting. */
export function settingsSql(settings: Readonly<Record<string, number>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ');
}
