import { z } from 'zod';
import { parseLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import { TailraceError } from '../../core/errors.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { latestKey, manifestKey } from './export-key.ts';

/** The version of the form below. A reader refuses a greater one. */
export const FORMAT = 1;

const lsn = z.string().regex(/^[0-9A-Fa-f]{1,8}\/[0-9A-Fa-f]{1,8}$/);

const exportedFile = z.object({
  /** relative to the manifest */
  path: z.string(),
  rows: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  /** 64 hex digits */
  sha256: z.string(),
});
export type ExportedFile = z.infer<typeof exportedFile>;

const exportManifest = z.object({
  format: z.literal(FORMAT),
  /** `schema.table` or `database.model` */
  table: z.string(),
  /** Everything below it is in the rows. */
  lsn,
  /** Greatest commit time of the source below `lsn`, ISO 8601; null: not known. */
  asOf: z.string().nullable(),
  /** ISO 8601 */
  exportedAt: z.string(),
  /**
   * In the order of the files' columns. `type` is ClickHouse's; `written` is the type in the file
   * where it differs.
   */
  columns: z.array(z.object({ name: z.string(), type: z.string(), written: z.string().optional() })),
  /** The column whose values are folders; null: there are none. The files have the column too. */
  partition: z.string().nullable(),
  rows: z.int().nonnegative(),
  files: z.array(exportedFile),
});
/** What one export consists of. It is put last, so every file that it names is there. */
export type ExportManifest = z.infer<typeof exportManifest>;

const latest = z.object({ lsn, /** of the manifest, relative to latest.json */ path: z.string(), exportedAt: z.string() });
/** Which export of a table is the newest. */
export type Latest = z.infer<typeof latest>;

/**
 * The manifest of a table at an LSN; null: there is none. EXPORT_TAKEN when something else is
 * there.
 */
export async function readManifest(place: ObjectStore, table: string, at: Lsn): Promise<ExportManifest | null> {
  const key = manifestKey(table, at);
  const found = await readOwn(place, exportManifest, key);
  if (found === null || (found.table === table && parseLsn(found.lsn) === at)) return found;
  throw new TailraceError('EXPORT_TAKEN', `${key} belongs to ${found.table} at ${found.lsn}`);
}

/** The newest export; null: there is none. EXPORT_TAKEN when something else is there. */
export async function readLatest(place: ObjectStore, table: string): Promise<Latest | null> {
  return readOwn(place, latest, latestKey(table));
}

/** The bytes of a manifest or of latest.json: JSON for programs and people. */
export function encodeExport(value: ExportManifest | Latest): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
}

async function readOwn<T>(place: ObjectStore, form: z.ZodType<T>, key: string): Promise<T | null> {
  const bytes = await place.get(key);
  if (bytes === null) return null;
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new TailraceError('EXPORT_TAKEN', `${key} is not JSON of an export`, { cause });
  }
  const parsed = form.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TailraceError('EXPORT_TAKEN', `${key} is not of an export: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
}
