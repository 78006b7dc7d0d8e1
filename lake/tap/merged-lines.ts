import type { Lsn } from '../../core/lsn.ts';
import type { TapLine } from './tapped-file.ts';

/** Lines of one table in their order, file by file. A file is opened when its turn comes. */
export type LineSource = AsyncIterable<Iterable<TapLine>>;

/** Characters of lines that come out together. */
const TOGETHER = 64 * 1024;

/** The next line of one source. */
class Cursor {
  head: TapLine | null = null;
  readonly #files: AsyncIterator<Iterable<TapLine>>;
  #lines: Iterator<TapLine> = [][Symbol.iterator]();

  constructor(source: LineSource) {
    this.#files = source[Symbol.asyncIterator]();
  }

  /** A promise only where another file has to be opened. */
  advance(): Promise<void> | null {
    const next = this.#lines.next();
    if (next.done === true) return this.#open();
    this.head = next.value;
    return null;
  }

  async #open(): Promise<void> {
    for (;;) {
      const file = await this.#files.next();
      if (file.done === true) {
        this.head = null;
        return;
      }
      this.#lines = file.value[Symbol.iterator]();
      const next = this.#lines.next();
      if (next.done === true) continue;
      this.head = next.value;
      return;
    }
  }
}

/**
 * The lines of all sources by commit and ordinal, as texts of several lines. Of equal ones that of
 * the earlier source comes first. One file of each source is in memory.
 */
export async function* mergedLines(sources: readonly LineSource[], isWanted: (line: TapLine) => boolean): AsyncGenerator<string> {
  const cursors = sources.map((source) => new Cursor(source));
  for (const cursor of cursors) await cursor.advance();
  let text = '';
  for (;;) {
    const first = firstOf(cursors);
    if (first?.head == null) break;
    if (isWanted(first.head)) text += first.head.text();
    if (text.length >= TOGETHER) {
      yield text;
      text = '';
    }
    const opening = first.advance();
    if (opening !== null) await opening;
  }
  if (text !== '') yield text;
}

/** Lines of commits at or above a position. */
export function* linesFrom(lines: Iterable<TapLine>, since: Lsn): Generator<TapLine> {
  for (const line of lines) if (line.lsn >= since) yield line;
}

function firstOf(cursors: readonly Cursor[]): Cursor | null {
  let first: Cursor | null = null;
  for (const cursor of cursors) if (cursor.head !== null && (first?.head == null || isBefore(cursor.head, first.head))) first = cursor;
  return first;
}

function isBefore(one: TapLine, other: TapLine): boolean {
  return one.lsn < other.lsn || (one.lsn === other.lsn && one.ordinal < other.ordinal);
}
