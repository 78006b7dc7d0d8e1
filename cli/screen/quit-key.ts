import type { ReadStream } from 'node:tty';

const CTRL_C = '\u0003';

/**
 * Aborted when q or Ctrl-C is pressed on the terminal. In raw mode Ctrl-C is a key, not a signal.
 */
export class QuitKey implements Disposable {
  readonly #stream: ReadStream;
  readonly #abort = new AbortController();
  readonly #pressed = (keys: Buffer): void => {
    if (/q/i.test(keys.toString()) || keys.includes(CTRL_C)) this.#abort.abort();
  };

  constructor(stream: ReadStream) {
    this.#stream = stream;
    stream.setRawMode(true);
    stream.on('data', this.#pressed);
    stream.resume();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  [Symbol.dispose](): void {
    this.#stream.off('data', this.#pressed);
    this.#stream.setRawMode(false);
    this.#stream.pause();
  }
}
