import { createHash } from 'node:crypto';
import { z } from 'zod';
import { decodeJson, encodeJson } from './json-object.ts';
import { manifestKey } from './keys.ts';

const count = z.int().nonnegative();

/** A WAL position as `X/Y`. */
export const lsnText = z.string().regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/);

/** Digest of a whole object: `<algorithm>:<hex>`. */
export const checksumText = z.string().regex(/^(crc32:[0-9a-f]{8}|sha256:[0-9a-f]{64})$/);

/**
 * One Arrow file of a batch: rows of one table in one schema. Files of a table are applied in the
 * order of the list.
 */
const fileEntry = z.object({
  /** key in the lake */
  path: z.string(),
  /** `schema.table`, as it was called at that moment */
  table: z.string(),
  tableId: z.string(),
  /** hash of the schema that the file has */
  schema: z.string(),
  rows: count,
  bytes: count,
  checksum: checksumText,
  inserts: count,
  updates: count,
  deletes: count,
  truncates: count,
  /** rows with at least one unchanged (TOAST) value */
  unchanged: count,
  /**
   * ids of columns that are NOT NULL in the schema and have a NULL in the file all the same: of a
   * time when they were not, or NaN of a decimal
   */
  nulls: z.array(count).optional(),
  /**
   * key changes: each is a tombstone of the old key, counted here, and a new row, counted in
   * `updates`
   */
  keyChanges: count,
  /** least and greatest commit LSN of the rows */
  minCommitLsn: lsnText.optional(),
  maxCommitLsn: lsnText.optional(),
  /**
   * Of a part of a transaction that came while it ran; they stand in place of the columns. Counts
   * are of all rows, those of aborted xids among them.
   */
  commitLsn: lsnText.optional(),
  /** ISO 8601 with microseconds */
  commitTime: z.string().optional(),
  topXid: count.optional(),
  abortedXids: z.array(count).optional(),
});
export type FileEntry = z.infer<typeof fileEntry>;

/**
 * Something learned about a table without rows, ordered with the data. `resync`: `schema` cannot be
 * reached in place, and `reason` says why. `held`: the configuration does not fit it, and `reason`
 * says why; its rows are passed over from here on, until a `resync`.
 */
const catalogEvent = z.object({
  kind: z.enum(['schema', 'dropped', 'resync', 'published', 'held']),
  table: z.string(),
  tableId: z.string(),
  schema: z.string().optional(),
  reason: z.string().optional(),
});
export type CatalogEvent = z.infer<typeof catalogEvent>;

/**
 * A commit of the source by which its log is recognised: start of the commit record, transaction,
 * time (ISO 8601 with microseconds).
 */
const anchor = z.object({ lsn: lsnText, xid: count, time: z.string() });
export type Anchor = z.infer<typeof anchor>;

/**
 * What makes a batch exist: whole transactions with commit end LSNs in (`from`, `to`]. Numbers are
 * dense over all epochs. `to` is the durable LSN as soon as the manifest is stored.
 */
const manifest = z.object({
  number: z.int().positive(),
  epoch: z.int().positive(),
  /** random id of the process that put it */
  writer: z.string(),
  /**
   * hash of the manifest before it, over all epochs; absent: it is the first one, or its writer was
   * older than this field
   */
  previous: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/)
    .optional(),
  from: lsnText,
  to: lsnText,
  /** first and last commit time, ISO 8601 with microseconds; null when nothing was committed */
  commitTimes: z.tuple([z.string(), z.string()]).nullable(),
  /**
   * newest commit with changes or a message in the stream of its epoch, at or below `to`; null:
   * none yet; absent: written before there were anchors
   */
  anchor: anchor.nullable().optional(),
  /** true when it exists only to carry a position */
  heartbeat: z.boolean(),
  /**
   * by its writer's clock, ISO 8601: when its first transaction began to arrive, and when its files
   * were stored
   */
  times: z.object({ received: z.string(), stored: z.string() }).optional(),
  files: z.array(fileEntry),
  catalog: z.array(catalogEvent),
  /**
   * key of what the replicator knew of the source by then, so that it can go on from here; nothing
   * to readers
   */
  facts: z.string().optional(),
  /** fingerprint of the configuration of tables that its writer runs under; absent: it has none */
  rules: z.string().optional(),
});
export type Manifest = z.infer<typeof manifest>;

/**
 * A manifest as it lies in the lake. `hash` is of its bytes, `sha256:<hex>`; the next manifest
 * names it.
 */
export type StoredManifest = Manifest & { readonly hash: string };

/** Equal manifests are equal bytes, so that a writer knows its own again. */
export function encodeManifest(value: Manifest): Uint8Array {
  return encodeJson(value);
}

/** LAKE_CORRUPT when it is not a manifest. */
export function decodeManifest(number: number, bytes: Uint8Array): StoredManifest {
  return { ...decodeJson(manifest, manifestKey(number), bytes), hash: manifestHash(bytes) };
}

/**
 * The hash of a manifest's bytes: of what is stored, since a reader may not know all of its fields.
 */
export function manifestHash(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
