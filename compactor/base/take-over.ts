import type { BaseChunk } from '../../lake/bases/base-log.ts';
import { ALL_ROWS } from './base-source.ts';
import type { KeyRange } from './base-source.ts';

/** A run of rows to write, or a chunk of the base before that may still be right. */
export interface Piece {
  readonly range: KeyRange;
  /** null: there is none for these rows. */
  readonly chunk: BaseChunk | null;
}

/**
 * Each base adds small chunks. With this many beyond twice the needed ones, all are written again.
 */
const SPARE_CHUNKS = 32;

/**
 * All rows of a table in the order of its keys, as the chunks of the base before and the gaps
 * between them. `needed`: chunks that a base without earlier ones would have.
 */
export function piecesOf(before: readonly BaseChunk[], needed: number): Piece[] {
  const filled = before.filter(({ rows }) => rows > 0);
  if (filled.length > 2 * needed + SPARE_CHUNKS) return [{ range: ALL_ROWS, chunk: null }];
  const pieces: Piece[] = [];
  let from: KeyRange['from'] = null;
  for (const chunk of filled) {
    const [min, max] = [
      { key: chunk.minKey, included: true },
      { key: chunk.maxKey, included: true },
    ];
    pieces.push({ range: { from, to: { ...min, included: false } }, chunk: null }, { range: { from: min, to: max }, chunk });
    from = { ...max, included: false };
  }
  return [...pieces, { range: { from, to: null }, chunk: null }];
}
