import type { VectorType, Vector } from '../../core/vector.ts';

/**
 * Builds one column directly from wire bytes. Every `append…` adds exactly one row. After BAD_FRAME
 * the builder is unusable.
 *
 * `appendText` and `appendBinary` return false when the column cannot hold the value exactly. The
 * row then has the nearest value, and the caller must keep the exact text beside it (for text the
 * bytes themselves, for binary `exactText`).
 */
export interface ColumnBuilder {
  readonly type: VectorType;
  readonly length: number;
  /** Bytes in use, without the reserve for growth. */
  readonly byteSize: number;
  /** `buf[start, end)` is the value in Postgres's text form. */
  appendText(buf: Buffer, start: number, end: number): boolean;
  /** `buf[start, end)` is the value in Postgres's binary form, without its length word. */
  appendBinary(buf: Buffer, start: number, end: number): boolean;
  /** What Postgres prints for a binary value. */
  exactText(buf: Buffer, start: number, end: number): string;
  appendNull(): void;
  /** A value that is not NULL: zero, empty, false. */
  appendDefault(): void;
  /** Returns the column and starts a new, empty one. */
  finish(): Vector;
}
