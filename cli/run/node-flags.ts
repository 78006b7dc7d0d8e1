import { setFlagsFromString } from 'node:v8';

/**
 * MiB of a half of the space for young objects. V8 lets it grow to 16, and it never shrinks: three
 * of them were half of the memory of a role. Columns of rows lie outside of the heap.
 */
const YOUNG_MIB = 1;

/** Flags of Node for the process of a role; what the operator has set in NODE_OPTIONS stays. */
export function nodeFlags(nodeOptions = process.env['NODE_OPTIONS'] ?? ''): string[] {
  return /--max[-_]semi[-_]space[-_]size\b/.test(nodeOptions) ? [] : [`--max-semi-space-size=${YOUNG_MIB}`];
}

/** The same for this process, which was started without flags: that space does not grow. */
export function keepYoungSmall(): void {
  if (nodeFlags().length > 0) setFlagsFromString('--semi-space-growth-factor=1');
}
