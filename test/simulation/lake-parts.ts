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

const decoded = new WeakMap<Uint8Array, StoredManifest>();
const pages = new WeakMap<Uint8Array, PageLines>();

/** Processes of a simulation read the same bytes repeatedly. */
function decodeOnce(number: number, bytes: Uint8Array, place?: string): StoredManifest {
  const known = decoded.get(bytes);
  if (known?.number === number) return known;
  const manifest = decodeManifest(number, bytes, place);
  decoded.set(bytes, manifest);
  return manifest;
}

/** The lines of a page, so that each is the same bytes to all who read it. */
export function linesOnce(k: number, bytes: Uint8Array): PageLines {
  const known = pages.get(bytes) ?? decodePage(k, bytes, PAGE_SIZE);
  pages.set(bytes, known);
  return known;
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
