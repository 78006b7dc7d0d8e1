import { createHash } from 'node:crypto';
import { TailraceError } from '../../core/errors.ts';
import { silentLogger } from '../../core/log.ts';
import { dataKey } from '../../lake/keys.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import type { FileEntry } from '../../lake/manifest.ts';
import { UnnamedFiles } from '../../lake/unnamed-files.ts';
import { putFiles } from './put-files.ts';
import { insist } from './simulated-process.ts';
import type { SimulatedProcess } from './simulated-process.ts';

const TABLE_ID = '1_1';

/**
 * Writes the lake as a replicator does: files, then the manifest that names them. A writer that is
 * fenced begins again at the newest manifest, under another id.
 */
export async function write(process: SimulatedProcess): Promise<void> {
  for (let life = 1; ; life += 1) {
    try {
      await writeUntilFenced(process, writerId(process.name, life));
    } catch (error) {
      if (!(error instanceof TailraceError) || error.code !== 'FENCED') throw error;
    }
  }
}

/** An id as lake/writer.ts makes them, but the same for the same seed. */
export function writerId(process: string, life: number): string {
  return createHash('sha256').update(`${process} ${life}`).digest('hex').slice(0, 16);
}

async function writeUntilFenced(process: SimulatedProcess, writer: string): Promise<void> {
  const { store, time, random } = process;
  const log = new ManifestLog(store, silentLogger());
  const unnamed = new UnnamedFiles(store, time);
  let last = await insist(() => log.last());
  try {
    for (let seq = 0; ;) {
      const paths = Array.from({ length: random.between(0, 3) }, () => dataKey(TABLE_ID, writer, (seq += 1)));
      await putFiles(process, unnamed, paths);
      const number = (last?.number ?? 0) + 1;
      const position = `0/${number.toString(16).toUpperCase()}`;
      const manifest = {
        number,
        ...(last === null ? {} : { previous: last.hash }),
        epoch: 1,
        writer,
        from: last?.to ?? '0/0',
        to: position,
        commitTimes: null,
        heartbeat: paths.length === 0,
        files: paths.map((path) => fileEntry(path)),
        catalog: [],
      };
      const hash = await insist(() => log.append(manifest));
      last = { ...manifest, hash };
    }
  } finally {
    await unnamed.close();
  }
}

function fileEntry(path: string): FileEntry {
  const counts = { rows: 1, bytes: 1, inserts: 1, updates: 0, deletes: 0, truncates: 0, unchanged: 0, keyChanges: 0 };
  return { path, table: 'public.t', tableId: TABLE_ID, schema: 'a', checksum: 'crc32:00000000', ...counts };
}
