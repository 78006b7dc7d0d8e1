import { execFile } from 'node:child_process';
import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { tempFolderIn } from '../core/environment.ts';
import { TailraceError } from '../core/errors.ts';
import { elapsed } from '../core/time.ts';
import { raisedHere } from './clickhouse-code.ts';
import { Lane } from './lane.ts';
import { stalledToEnd } from './wire/stalled-reader.ts';

const run = promisify(execFile);
const UNBLOCK_MS = 50;
const LOOK_MS = 250;
const FOLDER = 'pipes-';

export interface Pipe {
  readonly path: string;
  /** The bytes written into the pipe; ends after `finish`. */
  readonly body: Readable;
  /**
   * No more writers will come: the rest of the pipe is read, then the body ends. Throws when the
   * pipe was removed and the engine wrote to another file.
   */
  readonly finish: () => void;
}

export interface PoolPatience {
  /** A reader that takes nothing for this long loses its pipe when another one waits. */
  readonly stalledMs: number;
  /** How long an abandoned query that KILL does not end keeps its place. */
  readonly abandonedMs: number;
}

const PATIENCE: PoolPatience = { stalledMs: 5_000, abandonedMs: 3_000 };
/**
 * Most abandoned queries that run on without a place. Each holds a thread of the engine's process
 * (engine-process.ts).
 */
const ABANDONED_MOST = 8;

/** A place for one query. After a query that would not end it gets another pipe. */
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
 * and an error for the engine when the reader leaves. One query at a time uses a pipe, so the pool
 * also bounds how many run at once. Readers that stopped reading and abandoned queries do not keep
 * their places.
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
   * Creates `count` pipes in a folder below `home`, or in the system's temporary directory when the
   * file system of `home` has no pipes. Rejects with NO_FIFO when this system has no `mkfifo`, and
   * with NO_TEMP_FOLDER when the temporary directory takes no pipe either.
   */
  static async open(home: string, count: number, patience: Partial<PoolPatience> = {}): Promise<PipePool> {
    const directory = await folderFor(home).catch((error: unknown) => folderElsewhere(error));
    return new PipePool(directory, count, { ...PATIENCE, ...patience });
  }

  private constructor(directory: string, count: number, patience: PoolPatience) {
    this.directory = directory;
    this.#patience = patience;
    this.#lane = new Lane(Array.from({ length: count }, () => ({ path: this.#newPath() })));
    this.#look = setInterval(() => this.#endStalled(), LOOK_MS).unref();
  }

  /**
   * Lends a pipe until `use` settles, which happens when the writer has released it, or until the
   * query counts as abandoned.
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
   * Removes the folders that dead processes left below `home`. Only the process that has `home` to
   * itself may call it.
   */
  async removeOthers(home: string): Promise<void> {
    const names = (await readdir(home)).filter((name) => name.startsWith(FOLDER) && name !== basename(this.directory));
    for (const name of names) await rm(join(home, name), { recursive: true, force: true });
  }

  #newPath(): string {
    return join(this.directory, String(this.#made++));
  }

  /** The folder may have been cleaned up: missing files are created again. */
  async #openReader(path: string): Promise<number> {
    try {
      return openReader(path);
    } catch {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await makePipe(path);
      return openReader(path);
    }
  }

  async #serve(path: string, { body, reader }: { body: Socket; reader: number }, use: (pipe: Pipe) => Promise<void>): Promise<void> {
    const pipe = fstatSync(reader);
    // We hold it open too, or the reader would see the end before the engine begins to write.
    let writer: number | null = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    const letGo = (): void => {
      if (writer !== null) closeSync(writer);
      writer = null;
    };
    const finish = (): void => {
      if (statSync(path, { throwIfNoEntry: false })?.ino !== pipe.ino) throw pipeGone();
      letGo();
    };
    // A process that opens a pipe for writing waits for a reader, and no KILL ends that wait. After
    // our reader closed, the writer gets one for a moment, and its next write fails.
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

  /** False when the query has ended; true when it runs on and nobody reads it any more. */
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
      // Nothing to take: the reader waits for the engine, not the engine for the reader.
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
    await makePipe(join(directory, '0'));
    return directory;
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

/** The folder for a file system without pipes; throws `error` when it has another reason. */
async function folderElsewhere(error: unknown): Promise<string> {
  if (error instanceof TailraceError) throw error;
  return tempFolderIn(tmpdir(), folderFor);
}

async function makePipe(path: string): Promise<void> {
  await run('mkfifo', ['-m', '600', path]).catch((error: unknown) => {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw isMissing ? new TailraceError('NO_FIFO', 'this system has no program mkfifo', { cause: error }) : error;
  });
}

function openReader(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
}

function touch(path: string): void {
  try {
    closeSync(openReader(path));
  } catch {
    // The pipe was removed, so there is no writer to wake.
  }
}

function pipeGone(): Error {
  return raisedHere(210, 'the pipe of the answer was removed before the answer was complete. (NETWORK_ERROR)');
}

function stalled(): Error {
  return raisedHere(209, 'the reader did not read its answer while others waited. (SOCKET_TIMEOUT)');
}
