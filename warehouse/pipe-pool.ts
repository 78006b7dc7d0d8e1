import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { Lane } from './lane.ts';

const run = promisify(execFile);
const UNBLOCK_MS = 50;

export interface Pipe {
  readonly path: string;
  /** What is written into the pipe; ends after `finish`. */
  readonly body: Readable;
  /** No more writers will come: what is in the pipe is read, then the body ends. */
  finish(): void;
}

/**
 * Named pipes through which the engine writes results in any format: bounded memory, back-pressure, and an error for the engine when the reader goes.
 * Each is used by one query at a time, so the pool also bounds how many run at once.
 */
export class PipePool {
  readonly directory: string;
  readonly #lane: Lane<string>;

  /** Makes `count` pipes in a private folder of the system's temporary directory. */
  static async open(count: number): Promise<PipePool> {
    const directory = await mkdtemp(join(tmpdir(), 'tailrace-pipes-'));
    const paths = Array.from({ length: count }, (_, i) => join(directory, String(i)));
    await run('mkfifo', ['-m', '600', ...paths]);
    return new PipePool(directory, paths);
  }

  private constructor(directory: string, paths: readonly string[]) {
    this.directory = directory;
    this.#lane = new Lane(paths);
  }

  /** Lends a pipe until `use` settles; it must settle only when the writer has let go. */
  lend<T>(use: (pipe: Pipe) => Promise<T>): Promise<T> {
    return this.#lane.run(async (path) => {
      const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      // Held open by us as well, or the reader would see the end before the engine begins to write.
      let writer: number | null = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
      const body = new Socket({ fd: reader, readable: true, writable: false });
      const finish = (): void => {
        if (writer !== null) closeSync(writer);
        writer = null;
      };
      // Who opens a pipe to write waits for a reader, and no KILL ends that wait. After ours went it gets one for a moment: its next write fails.
      const unblock = setInterval(() => {
        if (body.destroyed) closeSync(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
      }, UNBLOCK_MS);
      try {
        return await use({ path, body, finish });
      } finally {
        clearInterval(unblock);
        finish();
        if (!body.readableEnded && !body.destroyed) await new Promise((closed) => body.once('close', closed));
      }
    });
  }

  async close(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
