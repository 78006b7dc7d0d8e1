import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TailraceError } from '../core/errors.ts';
import { isSecret } from '../core/secret.ts';

/** Contents of `<warehouse>/owner.json`, for other processes. */
export interface OwnerFile {
  readonly pid: number;
  /**
   * Boot and start time of the process, so that a reused pid is not mistaken for it; null when the
   * system does not provide them.
   */
  readonly startTime: string | null;
  /** URL of the read-only endpoint; null until it listens. */
  readonly endpoint: string | null;
  /**
   * Where other containers with the same directory reach that endpoint; null: it listens on one
   * address only.
   */
  readonly elsewhere: string | null;
  /**
   * Proves to a reader that the endpoint is the owner's, and to the endpoint that the reader can
   * read this file.
   */
  readonly token: string;
}

export const TOKEN_HEADER = 'x-tailrace-token';
const PING_MS = 2000;
const NO_ROOM = ['ENOSPC', 'EDQUOT'];

/** This process's claim on a directory that it has opened. */
export class Owner {
  readonly #path: string;
  readonly #file: OwnerFile;

  /**
   * Writes owner.json. Call it after the directory is open: the engine's lock decides who owns it.
   */
  static async claim(directory: string): Promise<Owner> {
    const startTime = await startTimeOf(process.pid);
    const owner = new Owner(directory, {
      pid: process.pid,
      startTime,
      endpoint: null,
      elsewhere: null,
      token: randomBytes(16).toString('hex'),
    });
    await owner.announce(null);
    return owner;
  }

  private constructor(directory: string, file: OwnerFile) {
    this.#path = ownerPath(directory);
    this.#file = file;
  }

  /**
   * Announces the address of the endpoint to readers; null: it does not listen yet, or no longer.
   * `elsewhere` is its address for other containers.
   */
  async announce(endpoint: string | null, elsewhere: string | null = null): Promise<void> {
    await replaceFile(this.#path, `${JSON.stringify({ ...this.#file, endpoint, elsewhere }, null, 2)}\n`);
  }

  /** True for the token in owner.json. */
  recognizes(token: string): boolean {
    return isSecret(token, this.#file.token);
  }

  async release(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

/**
 * The living owner of a directory. Null: there is no file, its process is dead, or another process
 * has its pid.
 */
export async function readOwner(directory: string): Promise<OwnerFile | null> {
  const owner = parseOwner(await readFile(ownerPath(directory), 'utf8').catch(() => ''));
  if (!owner) return null;
  if (owner.startTime !== null && (await startTimeOf(owner.pid)) === owner.startTime) return owner;
  for (const endpoint of [owner.endpoint, owner.elsewhere])
    if (endpoint !== null && (await answers(endpoint, owner.token))) return { ...owner, endpoint };
  return null;
}

/**
 * Writes a small file of a warehouse, which is the old one or the new one at any time. Only this
 * user may read it. WAREHOUSE_FULL: there is no room for it.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const partial = `${path}.${process.pid}`;
  try {
    await writeFile(partial, text, { mode: 0o600 });
    await rename(partial, path);
  } catch (error) {
    throw writeError(error, path);
  }
}

/** The error of a write below a warehouse: WAREHOUSE_FULL when there was no room, else itself. */
export function writeError(error: unknown, path: string): unknown {
  if (!NO_ROOM.includes((error as NodeJS.ErrnoException).code ?? '')) return error;
  return new TailraceError('WAREHOUSE_FULL', `there is no room for ${path}`, { cause: error });
}

function ownerPath(directory: string): string {
  return join(directory, 'owner.json');
}

function parseOwner(text: string): OwnerFile | null {
  try {
    const { pid, startTime, endpoint, elsewhere = null, token } = JSON.parse(text) as Omit<OwnerFile, 'elsewhere'> & Partial<OwnerFile>;
    return typeof pid === 'number' && typeof token === 'string' ? { pid, startTime, endpoint, elsewhere, token } : null;
  } catch {
    return null;
  }
}

/**
 * `<boot id>:<clock ticks from boot to start>` on Linux (proc(5), field 22 of stat); null elsewhere
 * or when there is no such process.
 */
export async function startTimeOf(pid: number): Promise<string | null> {
  try {
    const [boot, stat] = await Promise.all([readFile('/proc/sys/kernel/random/boot_id', 'utf8'), readFile(`/proc/${pid}/stat`, 'utf8')]);
    // The second field is the program's name in parentheses; it may contain blanks and parentheses
    // itself.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = fields[18];
    return ticks === undefined || state === 'Z' ? null : `${boot.trim()}:${ticks}`;
  } catch {
    return null;
  }
}

/** Whether the endpoint answers and knows the token; another server on the same port does not. */
async function answers(endpoint: string, token: string): Promise<boolean> {
  try {
    const response = await fetch(new URL('/ping', endpoint), { headers: { [TOKEN_HEADER]: token }, signal: AbortSignal.timeout(PING_MS) });
    return response.ok && response.headers.get(TOKEN_HEADER) === 'known';
  } catch {
    return false;
  }
}
