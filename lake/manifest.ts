import { hash } from 'node:crypto';
import { z } from 'zod';
import { TailraceError } from '../core/errors.ts';
import { decodeJson, encodeJson } from './json-object.ts';
import { manifestKey } from './keys.ts';
import { brokenFileRule, brokenLinkRule, brokenManifestRule } from './manifest-rules.ts';
import type { BrokenRule } from './manifest-rules.ts';

/**
 * The format of manifests: `stream/<number, 20 digits>.json`, JSON with sorted keys in UTF-8. Later
 * a page has it, byte for byte (pages/manifest-page.ts).
 *
 * A manifest is valid if and only if it has the fields below and keeps these rules. A reader
 * ignores fields that it does not know. A rule is refused by its name, in quotes here.
 *
 * The manifest itself. A reader that meets one that is not valid goes no further:
 *  1. "number": it is the number in its key. Numbers begin at 1 and have no gaps.
 *  2. "positions": `from` is at or below `to`.
 *  3. "heartbeat": it is true exactly where there are no files and no catalog events.
 *  4. "commitTimes": the first is not after the last.
 *  5. "anchor": it is below `to`.
 *  6. "onceNamed": no two files have the same path.
 *  7. "ofTheEpoch": the table of each file is of the manifest's epoch.
 *  8. "commitRange": the commits of each file are at or above `from` and below `to`.
 *  9. "commitOrder": files of one table are in the order of their commits.
 *
 * Two manifests whose numbers follow each other:
 * 10. "chain": `previous` is the hash of the one before.
 * 11. "epochs": the epoch does not go back.
 * 12. "noGap": within an epoch, `from` is not above the `to` of the one before. It is below only
 *     after a failover that lost nothing but positions of an idle source.
 *
 * Each file, which concerns its table alone:
 * 13. "path": it is `data/<tableId>/<writer>-<seq>.arrow`.
 * 14. "counts": inserts, updates, deletes, truncates and key changes add up to its rows.
 * 15. "unchanged": it has no more of them than rows.
 * 16. "streamed": commit LSN, time and transaction are all there or none is, and the LSN is that of
 *     all its rows.
 *
 * A writer checks 1 to 16 before it stores a manifest (`encodeManifest`, `ManifestLog.append`): a
 * broken rule is INTERNAL. Readers check 1 to 9 of each manifest (`decodeManifest`), and for them a
 * broken rule is LAKE_CORRUPT. The compactor also checks 10 to 12 of manifests that it reads in a
 * row (`linkError`), and 13 to 16 of the files that it applies (`requireValidFile`), which parks
 * their table. arrow-file.ts is the format of the files.
 */

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
  /** `schema.table`, its name at that moment */
  table: z.string(),
  tableId: z.string(),
  /** hash of the schema of the file */
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
   * ids of columns that are NOT NULL in the schema but have a NULL in the file: from a time when
   * they could be, or NaN in a decimal
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
   * For a part of a transaction that was taken while it ran; they replace the columns. Counts
   * include the rows of aborted xids.
   */
  commitLsn: lsnText.optional(),
  /** ISO 8601 with microseconds */
  commitTime: z.string().optional(),
  topXid: count.optional(),
  abortedXids: z.array(count).optional(),
});
export type FileEntry = z.infer<typeof fileEntry>;

/**
 * A fact about a table that has no rows, ordered with the data. `resync`: `schema` cannot be
 * reached in place, and `reason` says why. `held`: the configuration does not fit the table, and
 * `reason` says why. Its rows are skipped from here until a `resync`.
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
 * A commit of the source that identifies its log: start of the commit record, transaction, time
 * (ISO 8601 with microseconds).
 */
const anchor = z.object({ lsn: lsnText, xid: count, time: z.string() });
export type Anchor = z.infer<typeof anchor>;

/**
 * Makes a batch exist: whole transactions with commit end LSNs in (`from`, `to`]. Numbers are dense
 * over all epochs. `to` is the durable LSN once the manifest is stored.
 */
const manifest = z.object({
  number: z.int().positive(),
  epoch: z.int().positive(),
  /** random id of the process that put it */
  writer: z.string(),
  /**
   * hash of the manifest before it, over all epochs. Absent in the first one, and in those of
   * writers that did not know this field.
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
   * newest commit with changes or a message in the stream of its epoch, below `to`; null: none yet;
   * absent: written by a version without anchors
   */
  anchor: anchor.nullable().optional(),
  /** true when it exists only to carry a position */
  heartbeat: z.boolean(),
  /**
   * by the clock of its writer, ISO 8601: when its first transaction began to arrive, and when its
   * files were stored
   */
  times: z.object({ received: z.string(), stored: z.string() }).optional(),
  files: z.array(fileEntry),
  catalog: z.array(catalogEvent),
  /**
   * key of what the replicator knew about the source then, so that it can continue from here; not
   * for readers
   */
  facts: z.string().optional(),
  /** fingerprint of the configuration of tables of its writer; absent: there is none */
  rules: z.string().optional(),
  /** features that its writer knows (format/format.ts); absent: none */
  knows: z.array(z.string()).optional(),
});
export type Manifest = z.infer<typeof manifest>;

/**
 * A manifest in the lake. `hash` is the hash of its bytes, `sha256:<hex>`; the next manifest names
 * it.
 */
export type StoredManifest = Manifest & { readonly hash: string };

/**
 * Equal manifests are equal bytes, so that a writer recognizes its own. INTERNAL names the rule
 * that a manifest breaks.
 */
export function encodeManifest(value: Manifest): Uint8Array {
  const broken = brokenManifestRule(value, value.number) ?? value.files.map(brokenFileRule).find((rule) => rule !== null) ?? null;
  if (broken !== null) throw new TailraceError('INTERNAL', `manifest ${value.number} ${textOf(broken)}`);
  return encodeJson(value);
}

/**
 * LAKE_CORRUPT names the field or the rule that keeps the bytes from being manifest `number`.
 * `place`: where they were read.
 */
export function decodeManifest(number: number, bytes: Uint8Array, place = manifestKey(number)): StoredManifest {
  const value = decodeJson(manifest, place, bytes);
  const broken = brokenManifestRule(value, number);
  if (broken !== null) throw new TailraceError('LAKE_CORRUPT', `${place} ${textOf(broken)}`);
  return { ...value, hash: manifestHash(bytes) };
}

/** Why `next` cannot follow `before`, whose number is one less; null: it can. */
export function linkError(before: StoredManifest, next: Manifest, code: 'LAKE_CORRUPT' | 'INTERNAL'): TailraceError | null {
  const broken = brokenLinkRule(before, next);
  if (broken === null) return null;
  const hint = code === 'INTERNAL' ? {} : { hint: 'Restore the objects of one history, or run `tailrace resync --all`.' };
  return new TailraceError(code, `manifest ${next.number} does not follow manifest ${before.number}: it ${textOf(broken)}`, hint);
}

/** LAKE_CORRUPT unless a manifest may say this of a file. */
export function requireValidFile(file: FileEntry): void {
  const broken = brokenFileRule(file);
  if (broken !== null) throw new TailraceError('LAKE_CORRUPT', `the entry of ${file.path} in a manifest ${textOf(broken)}`);
}

function textOf({ rule, found }: BrokenRule): string {
  return `breaks the rule "${rule}": ${found}`;
}

/** The hash of the stored bytes, since a reader may not know all fields. */
export function manifestHash(bytes: Uint8Array): string {
  return `sha256:${hash('sha256', bytes)}`;
}
