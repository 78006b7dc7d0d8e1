const NONE = 255;

const NIBBLES: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  const value = Number.parseInt(String.fromCharCode(byte), 16);
  return Number.isNaN(value) ? NONE : value;
});

/** Two hex digits at `at` → a byte, or -1. */
export function readHexByte(buf: Buffer, at: number): number {
  const high = NIBBLES[buf[at] as number] as number;
  const low = NIBBLES[buf[at + 1] as number] as number;
  return high === NONE || low === NONE ? -1 : (high << 4) | low;
}
