import type { WriteStream } from 'node:tty';

/**
 * A block of lines at the bottom of a terminal that is redrawn in place; other text goes above it.
 */
export class Screen {
  readonly #stream: WriteStream;
  #lines: string[] = [];

  constructor(stream: WriteStream) {
    this.#stream = stream;
  }

  draw(lines: readonly string[]): void {
    const width = this.#stream.columns || 100;
    const height = Math.max(4, (this.#stream.rows || 40) - 1);
    const fitting = lines.slice(0, height).map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line));
    this.#stream.write(this.#erase() + fitting.map((line) => `${line}\n`).join(''));
    this.#lines = fitting;
  }

  /** Prints text above the block; it stays. */
  above(text: string): void {
    const lines = this.#lines;
    this.#stream.write(`${this.#erase()}${text.trimEnd()}\n`);
    this.#lines = [];
    this.draw(lines);
  }

  /** Leaves the last drawing of the block on the screen. */
  end(): void {
    this.#lines = [];
  }

  #erase(): string {
    return this.#lines.length === 0 ? '' : `\u001B[${this.#lines.length}A\r\u001B[J`;
  }
}
