import { createHash } from 'node:crypto';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import type { ObjectStore } from '../../lake/store/object-store.ts';

/** A manifest as a consumer reads it; it knows nothing of the product. */
interface ReadManifest {
  readonly format: number;
  readonly table: string;
  readonly lsn: string;
  readonly asOf: string | null;
  readonly columns: { readonly name: string; readonly type: string }[];
  readonly partition: string | null;
  readonly rows: number;
  readonly files: { readonly path: string; readonly rows: number; readonly bytes: number; readonly sha256: string }[];
}

/** One export, read to its end. */
export interface ReadExport {
  readonly latest: { readonly lsn: string; readonly path: string; readonly exportedAt: string };
  readonly manifest: ReadManifest;
  readonly rows: Record<string, unknown>[];
}

/**
 * Follows `latest.json` of a table (its folder, without a slash at the end) to the manifest and the
 * files, and throws where sum, bytes or rows differ from what the manifest says.
 */
export async function readExport(place: Pick<ObjectStore, 'get'>, folder: string): Promise<ReadExport> {
  const latest = JSON.parse(await textOf(place, `${folder}/latest.json`)) as ReadExport['latest'];
  const manifest = JSON.parse(await textOf(place, `${folder}/${latest.path}`)) as ReadManifest;
  const base = `${folder}/${latest.path.slice(0, latest.path.lastIndexOf('/'))}`;
  const rows: Record<string, unknown>[] = [];
  for (const { path, sha256, ...said } of manifest.files) {
    const bytes = await bytesOf(place, `${base}/${path}`);
    const sum = createHash('sha256').update(bytes).digest('hex');
    if (sum !== sha256 || bytes.length !== said.bytes) throw new Error(`${path} has other bytes than the manifest says`);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    if (Number(parquetMetadata(file).num_rows) !== said.rows) throw new Error(`${path} has other rows than the manifest says`);
    const read = await parquetReadObjects({ file, compressors });
    if (read.length !== said.rows) throw new Error(`${path} holds other rows than it says`);
    rows.push(...read);
  }
  if (rows.length !== manifest.rows) throw new Error(`the manifest says ${manifest.rows} rows, its files have ${rows.length}`);
  return { latest, manifest, rows };
}

async function bytesOf(place: Pick<ObjectStore, 'get'>, key: string): Promise<Uint8Array> {
  const bytes = await place.get(key);
  if (bytes === null) throw new Error(`${key} is missing`);
  return bytes;
}

async function textOf(place: Pick<ObjectStore, 'get'>, key: string): Promise<string> {
  return new TextDecoder().decode(await bytesOf(place, key));
}
