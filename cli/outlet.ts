import type { Writable } from 'node:stream';
import { TailraceError } from '../core/errors.ts';

/**
 * Standard output or standard error of this process.
 * A pipe takes what is written to it later, when its reader reads. So the process may end only
 * after `settle`. A failure of the stream is kept and never thrown: its reader may go away at any
 * time.
 */
export class Outlet {
  readonly #stream: Writable;
  readonly #gone = new AbortController();

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', (error) => this.#gone.abort(error));
  }

  /** Aborted as soon as nothing can be written any more; its reason is the stream's error. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Writes a text unless the stream is gone. */
  say(text: string): void {
    if (!this.gone.aborted) this.#stream.write(text);
  }

  /**
   * Resolves when everything that was written has been taken, however slowly. A reader that went
   * away wanted no more.
   * Errors: OUTPUT_UNWRITABLE when something else kept the output from being written, such as a
   * full disk.
   */
  async settle(): Promise<void> {
    if (!this.gone.aborted) {
      await new Promise<void>((taken) => {
        this.#stream.write('', (error) => {
          if (error) this.#gone.abort(error);
          taken();
        });
      });
    }
    const error: unknown = this.gone.aborted ? this.gone.reason : null;
    if (error instanceof Error && !isGoneReader(error)) {
      throw new TailraceError('OUTPUT_UNWRITABLE', `the output could not be written: ${error.message}`, { cause: error });
    }
  }
}

/** The reader closed its end: of a pipe, of a socket, or of a terminal. */
function isGoneReader(error: NodeJS.ErrnoException): boolean {
  return error.code !== undefined && ['EPIPE', 'ECONNRESET', 'EIO'].includes(error.code);
}

/** Standard output. */
export const output = new Outlet(process.stdout);
/** Standard error. */
export const errors = new Outlet(process.stderr);
