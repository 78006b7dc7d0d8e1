import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, closeSync, openSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { reconnectDatabase } from './postgres.ts';
import type { PostgresServer } from './postgres.ts';

/** The disk of a server as it was, to be put back: what a volume snapshot is. */
export interface KeptDisk extends Disposable {
  /** Copy of the data folder, with owners and modes. */
  readonly folder: string;
  /** Sets the server back to it and starts it; the kept disk stays. */
  putBack(): Promise<void>;
}

/** Stops the server, copies its disk and starts it again. */
export async function keepDisk(server: PostgresServer): Promise<KeptDisk> {
  const folder = `${server.dataDir}-kept-${randomBytes(4).toString('hex')}`;
  await server.stop();
  copyFolder(server.dataDir, folder);
  await server.start();
  return {
    folder,
    async putBack() {
      await server.stop();
      rmSync(server.dataDir, { recursive: true });
      copyFolder(folder, server.dataDir);
      await server.start();
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * The kept disk is that of a standby, which takes over: it has what the disk has, and begins a
 * timeline of its own.
 */
export async function failOver(server: PostgresServer, disk: KeptDisk): Promise<void> {
  const signal = path.join(disk.folder, 'standby.signal');
  closeSync(openSync(signal, 'w'));
  const { uid, gid } = statSync(disk.folder);
  chownSync(signal, uid, gid);
  await disk.putBack();
  await using session = await reconnectDatabase({ url: server.url, name: 'postgres' });
  await session.query('select pg_promote(true)');
}

/** Owners and modes stay, on which Postgres insists. */
export function copyFolder(from: string, to: string): void {
  const done = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`cp: ${done.stderr}`);
}
