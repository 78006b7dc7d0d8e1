/** What decides whether a table gets another base. */
export interface BaseNeed {
  /** Bytes of its batches since the last base. */
  readonly bytesSince: number;
  /** Size of the last base, or of what would be written now. */
  readonly baseBytes: number;
  /** Something of it changed since the last base. */
  readonly changed: boolean;
  /** Age of the last base, or of the copy. */
  readonly ageMs: number;
}

/** When a table is due. */
interface DueRules {
  readonly intervalMs: number;
  /** With fewer bytes of batches, a base waits for its time. Default: 64 MiB. */
  readonly leastBytes?: number;
}

const LEAST_BYTES = 64 * 1024 * 1024;

/**
 * Whether a table is due: half of the base has come as batches, so that writing bases costs at most
 * twice as much as the batches; or something changed and the last one is old.
 */
export function isBaseDue(
  { bytesSince, baseBytes, changed, ageMs }: BaseNeed,
  { intervalMs, leastBytes = LEAST_BYTES }: DueRules,
): boolean {
  return bytesSince > Math.max(leastBytes, baseBytes / 2) || (changed && ageMs >= intervalMs);
}
