import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
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

/** Owners and modes stay, on which Postgres insists. */
export function copyFolder(from: string, to: string): void {
  const done = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`cp: ${done.stderr}`);
}
