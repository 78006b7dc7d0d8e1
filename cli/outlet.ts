import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { TailraceError } from '../core/errors.ts';

/**
 * Standard output or standard error of this process.
 * A pipe accepts data only when its reader reads, so the process may end only after `settle`. An
 * error of the stream is kept, not thrown: its reader may go away at any time.
 */
class Outlet {
  readonly #stream: Writable;
  readonly #gone = new AbortController();

  #latest: string | null = null;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('drain', () => {
      const latest = this.#latest;
      this.#latest = null;
      if (latest !== null) this.sayLatest(latest);
    });
    stream.on('error', (error) => this.#gone.abort(error));
  }

  /** Aborted when nothing can be written any more; the reason is the stream's error. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Writes a text unless the stream is gone. */
  say(text: string): void {
    if (!this.gone.aborted) this.#stream.write(text);
  }

  /** As `say`, and resolves when the reader takes more, or is gone, or at the signal. */
  async give(text: string, signal: AbortSignal): Promise<void> {
    this.say(text);
    const ended = AbortSignal.any([signal, this.gone]);
    if (ended.aborted || !this.#stream.writableNeedDrain) return;
    await once(this.#stream, 'drain', { signal: ended }).catch(() => undefined);
  }

  /** As `say`; for a slow reader only the newest of these texts waits. */
  sayLatest(text: string): void {
    if (this.#stream.writableNeedDrain) this.#latest = text;
    else this.say(text);
  }

  /**
   * Resolves when the reader has accepted all output, or has gone away. Throws OUTPUT_UNWRITABLE
   * for any other failure, such as a full disk.
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

/** The reader closed its end of the pipe, socket or terminal. */
function isGoneReader(error: NodeJS.ErrnoException): boolean {
  return error.code !== undefined && ['EPIPE', 'ECONNRESET', 'EIO'].includes(error.code);
}

/** Standard output. */
export const output = new Outlet(process.stdout);
/** Standard error. */
export const errors = new Outlet(process.stderr);
