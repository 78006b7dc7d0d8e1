import type { CompactorContext } from '../../compactor/context.ts';
import type { TableSchema } from '../../core/table.ts';
import { epochOf, oidOf } from '../../core/table.ts';
import { decodeManifest } from '../../lake/manifest.ts';
import type { StoredManifest } from '../../lake/manifest.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import { decodePage } from '../../lake/pages/manifest-page.ts';
import type { PageLines } from '../../lake/pages/manifest-page.ts';
import { LOG } from './simulated-process.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/** Manifests per page: a schedule has some dozens of them. */
export const PAGE_SIZE = 4;

/**
 * Bytes with what was made of them, since processes of a simulation read the same ones repeatedly.
 * A weak map of them keeps the garbage collector busy.
 */
interface DecodedBytes extends Uint8Array {
  manifest?: StoredManifest;
  lines?: PageLines;
}

function decodeOnce(number: number, bytes: DecodedBytes, place?: string): StoredManifest {
  const known = (bytes.manifest ??= decodeManifest(number, bytes, place));
  return known.number === number ? known : decodeManifest(number, bytes, place);
}

/** The lines of a page, so that each is the same bytes to all who read it. */
export function linesOnce(k: number, bytes: DecodedBytes): PageLines {
  return (bytes.lines ??= decodePage(k, bytes, PAGE_SIZE));
}

/** The stream of the lake as this process knows it. */
export function streamOf({ store, time }: Pick<SimulatedProcess, 'store' | 'time'>): ManifestLog {
  return new ManifestLog(store, LOG, null, { time, pageSize: PAGE_SIZE, decode: decodeOnce, linesOf: linesOnce });
}

/** `schema.table` of a model table. */
export function tableName(tableId: string): string {
  return `public.t${oidOf(tableId)}`;
}

/** Schemas of the model tables: they never change. */
export const SCHEMAS = {
  get: async (tableId: string): Promise<TableSchema> => ({
    tableId,
    oid: oidOf(tableId),
    epoch: epochOf(tableId),
    schema: 'public',
    name: `t${oidOf(tableId)}`,
    identity: 'key',
    columns: [],
    key: [],
    explained: true,
  }),
} as unknown as CompactorContext['schemas'];
