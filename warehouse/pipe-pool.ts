import { execFile } from 'node:child_process';
import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { elapsed } from '../core/time.ts';
import { raisedHere } from './clickhouse-code.ts';
import { Lane } from './lane.ts';
import { stalledToEnd } from './stalled-reader.ts';

const run = promisify(execFile);
const UNBLOCK_MS = 50;
const LOOK_MS = 250;
const FOLDER = 'pipes-';

export interface Pipe {
  readonly path: string;
  /** What is written into the pipe; ends after `finish`. */
  readonly body: Readable;
  /**
   * No more writers will come: what is in the pipe is read, then the body ends. Throws when the
   * engine wrote elsewhere, since the pipe had gone.
   */
  readonly finish: () => void;
}

export interface PoolPatience {
  /** A reader that takes nothing for this long loses its pipe when another one waits. */
  readonly stalledMs: number;
  /** A query that nobody waits for, and that a KILL does not end, holds its place for this long. */
  readonly abandonedMs: number;
}

const PATIENCE: PoolPatience = { stalledMs: 5_000, abandonedMs: 3_000 };
/**
 * Queries that nobody waits for and that run on. Each holds a thread of the engine's process
 * (engine-process.ts).
 */
const ABANDONED_MOST = 8;

/** What a query may use; its pipe is another one after a query that would not end. */
interface Place {
  path: string;
}

interface Lent {
  readonly body: Socket;
  bytes: number;
  movedAtMs: number;
}

/**
 * Named pipes through which the engine writes results in any format: bounded memory, back-pressure,
 * and an error for the engine when the reader goes. Each is used by one query at a time, so the
 * pool also bounds how many run at once. Nobody holds a place for nothing: not a reader that
 * stopped reading, and not a query that nobody waits for.
 */
export class PipePool {
  readonly directory: string;
  readonly #lane: Lane<Place>;
  readonly #patience: PoolPatience;
  readonly #lent = new Set<Lent>();
  readonly #look: NodeJS.Timeout;
  #abandoned = 0;
  #made = 0;

  /**
   * Makes `count` pipes in a folder below `home`; in the system's temporary directory where `home`
   * is on a file system without pipes.
   */
  static async open(home: string, count: number, patience: Partial<PoolPatience> = {}): Promise<PipePool> {
    const directory = await folderFor(home).catch(() => folderFor(tmpdir()));
    return new PipePool(directory, count, { ...PATIENCE, ...patience });
  }

  private constructor(directory: string, count: number, patience: PoolPatience) {
    this.directory = directory;
    this.#patience = patience;
    this.#lane = new Lane(Array.from({ length: count }, () => ({ path: this.#newPath() })));
    this.#look = setInterval(() => this.#endStalled(), LOOK_MS).unref();
  }

  /**
   * Lends a pipe until `use` settles, which it does when the writer has let go, or until that is
   * waited for no longer.
   */
  lend(use: (pipe: Pipe) => Promise<void>): Promise<void> {
    return this.#lane.run(async (place) => {
      const reader = await this.#openReader(place.path);
      const body = new Socket({ fd: reader, readable: true, writable: false });
      const used = this.#serve(place.path, { body, reader }, use);
      if (!(await this.#isAbandoned(body, used))) return used;
      void this.#outlive(place.path, used);
      place.path = this.#newPath();
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#look);
    await rm(this.directory, { recursive: true, force: true });
  }

  /**
   * Folders of pools below `home` that ended without a word. To be called by whoever holds `home`
   * alone.
   */
  async removeOthers(home: string): Promise<void> {
    const names = (await readdir(home)).filter((name) => name.startsWith(FOLDER) && name !== basename(this.directory));
    for (const name of names) await rm(join(home, name), { recursive: true, force: true });
  }

  #newPath(): string {
    return join(this.directory, String(this.#made++));
  }

  /** Somebody may have tidied up: what is missing is made again. */
  async #openReader(path: string): Promise<number> {
    try {
      return openReader(path);
    } catch {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await run('mkfifo', ['-m', '600', path]);
      return openReader(path);
    }
  }

  async #serve(path: string, { body, reader }: { body: Socket; reader: number }, use: (pipe: Pipe) => Promise<void>): Promise<void> {
    const pipe = fstatSync(reader);
    // Held open by us as well, or the reader would see the end before the engine begins to write.
    let writer: number | null = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    const letGo = (): void => {
      if (writer !== null) closeSync(writer);
      writer = null;
    };
    const finish = (): void => {
      if (statSync(path, { throwIfNoEntry: false })?.ino !== pipe.ino) throw pipeGone();
      letGo();
    };
    // Who opens a pipe to write waits for a reader, and no KILL ends that wait. After ours went it
    // gets one for a moment: its next write fails.
    const unblock = setInterval(() => {
      if (body.destroyed) touch(path);
    }, UNBLOCK_MS);
    const lent: Lent = { body, bytes: 0, movedAtMs: elapsed() };
    this.#lent.add(lent);
    try {
      await use({ path, body, finish });
    } finally {
      clearInterval(unblock);
      letGo();
      if (!body.readableEnded && !body.destroyed) await new Promise((closed) => body.once('close', closed));
      this.#lent.delete(lent);
    }
  }

  /**
   * False when the query has ended; true when nobody reads it any more and it runs on all the same.
   */
  async #isAbandoned(body: Socket, used: Promise<void>): Promise<boolean> {
    const over = used.then(
      () => false,
      () => false,
    );
    const closed = new Promise<boolean>((resolve) => body.once('close', () => resolve(true)));
    if (!(await Promise.race([over, closed]))) return false;
    for (;;) {
      if (!(await Promise.race([over, sleep(this.#patience.abandonedMs, true, { ref: false })]))) return false;
      if (this.#abandoned < ABANDONED_MOST) return true;
    }
  }

  /** Counts a query that runs on without a place, until it ends. */
  async #outlive(path: string, used: Promise<void>): Promise<void> {
    this.#abandoned += 1;
    await used.catch(() => undefined);
    this.#abandoned -= 1;
    await rm(path, { force: true });
  }

  #endStalled(): void {
    const nowMs = elapsed();
    for (const lent of this.#lent) {
      const { bytesRead, readableLength, destroyed } = lent.body;
      // Without anything to take it is the engine that is waited for.
      if (bytesRead !== lent.bytes || readableLength === 0 || destroyed) lent.movedAtMs = nowMs;
      lent.bytes = bytesRead;
    }
    for (const { body } of stalledToEnd([...this.#lent], { nowMs, waiting: this.#lane.waiting, patienceMs: this.#patience.stalledMs }))
      body.destroy(stalled());
  }
}

async function folderFor(home: string): Promise<string> {
  const directory = await mkdtemp(join(home, FOLDER));
  try {
    await run('mkfifo', ['-m', '600', join(directory, '0')]);
    return directory;
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

function openReader(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
}

function touch(path: string): void {
  try {
    closeSync(openReader(path));
  } catch {
    // The pipe went; who waits in it is waited for no longer.
  }
}

function pipeGone(): Error {
  return raisedHere(210, 'the pipe of the answer was removed while it was written. (NETWORK_ERROR)');
}

function stalled(): Error {
  return raisedHere(209, 'the reader took nothing of its answer while others waited. (SOCKET_TIMEOUT)');
}
