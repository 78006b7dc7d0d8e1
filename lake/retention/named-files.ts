import { z } from 'zod';
import { parseDataKey } from '../keys.ts';

/** For each writer the numbers of its named files, as `1-4812,4814`. */
export const namedFiles = z.record(z.string(), z.string().regex(/^\d+(-\d+)?(,\d+(-\d+)?)*$/));

/** First and last number of a run without gaps. */
type Span = [number, number];

/**
 * The data objects of the stream that manifests name. A writer numbers its objects and names nearly
 * all of them, so a few runs of numbers per writer stand for any number of manifests.
 */
export class NamedFiles {
  readonly #spans: Map<string, Span[]>;

  /** `stored` is what `toJSON` gave. */
  constructor(stored: z.infer<typeof namedFiles> = {}) {
    this.#spans = new Map(Object.entries(stored).map(([writer, text]) => [writer, text.split(',').map(parseSpan)]));
  }

  /** A key that is not one of a data object is not remembered, and never judged either. */
  add(path: string): void {
    const of = parseDataKey(path);
    if (of === null) return;
    const spans = this.#spans.get(of.writer) ?? [];
    this.#spans.set(of.writer, spans);
    const at = lastUpTo(spans, of.seq);
    const before = spans[at];
    if (before !== undefined && of.seq <= before[1]) return;
    const after = spans[at + 1];
    const joinsAfter = after !== undefined && after[0] === of.seq + 1;
    if (before !== undefined && before[1] === of.seq - 1) {
      before[1] = joinsAfter ? after[1] : of.seq;
      if (joinsAfter) spans.splice(at + 1, 1);
    } else if (joinsAfter) after[0] = of.seq;
    else spans.splice(at + 1, 0, [of.seq, of.seq]);
  }

  has(path: string): boolean {
    const of = parseDataKey(path);
    if (of === null) return false;
    const spans = this.#spans.get(of.writer) ?? [];
    const span = spans[lastUpTo(spans, of.seq)];
    return span !== undefined && of.seq <= span[1];
  }

  toJSON(): z.infer<typeof namedFiles> {
    return Object.fromEntries([...this.#spans].map(([writer, spans]) => [writer, spans.map(formatSpan).join(',')]));
  }
}

/** Index of the last span that begins at or before the number; -1: none does. */
function lastUpTo(spans: readonly Span[], seq: number): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((spans[middle]?.[0] ?? 0) <= seq) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function parseSpan(text: string): Span {
  const [first, last = first] = text.split('-').map(Number);
  return [first ?? 0, last ?? 0];
}

function formatSpan([first, last]: Span): string {
  return first === last ? String(first) : `${first}-${last}`;
}
