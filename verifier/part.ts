import type { Sample } from './chosen-rows.ts';
import type { KeyEnds } from './key-range.ts';

/** Which part of each table is compared. */
export interface Part {
  /** Null: no sample. */
  readonly sample: Sample | null;
  /** Null: all keys. */
  readonly keys: KeyEnds | null;
}

/** For people; null: all rows. */
export function partInWords({ sample, keys }: Part): string | null {
  const words = [
    ...(sample === null
      ? []
      : [sample.rows === null ? `a sample of ${Number((sample.share * 100).toPrecision(6))} %` : `a sample of about ${sample.rows} rows`]),
    ...(keys?.from === null || keys === null ? [] : [`keys from ${keys.from}`]),
    ...(keys?.to === null || keys === null ? [] : [`keys up to ${keys.to}`]),
  ];
  return words.length === 0 ? null : words.join(', ');
}
