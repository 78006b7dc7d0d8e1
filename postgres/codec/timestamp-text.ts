import { endOfDigits, endOfYear, isBeforeChrist, readClock, readDate, readMicros } from './calendar.ts';
import { readDigits } from './read-bytes.ts';

const MINUS = 45;
const PLUS = 43;
const POINT = 46;
const COLON = 58;
const SPACE = 32;
const DAY_SECONDS = 86_400;

/**
 * A finite timestamp's text → whole seconds since 1970-01-01 UTC; the microseconds above them are
 * in `micros`. Each builder reuses one object for all values.
 */
export class TimestampReader {
  micros = 0;

  /** NaN when the text is no `YYYY-MM-DD HH:MM:SS[.ffffff][±HH[:MM[:SS]]][ BC]`. */
  read(buf: Buffer, start: number, end: number): number {
    const beforeChrist = isBeforeChrist(buf, start, end);
    const dash = endOfYear(buf, start, end);
    if (dash < 0 || buf[dash + 6] !== SPACE) return Number.NaN;
    const seconds = readDate(buf, start, dash, beforeChrist) * DAY_SECONDS + readClock(buf, dash + 7, end);
    let at = dash + 15;
    const last = beforeChrist ? end - 3 : end;
    this.micros = 0;
    if (at < last && buf[at] === POINT) {
      const digitsEnd = endOfDigits(buf, at + 1, last);
      this.micros = readMicros(buf, at + 1, digitsEnd);
      if (Number.isNaN(this.micros)) return Number.NaN;
      at = digitsEnd;
    }
    return at === last ? seconds : seconds - readOffset(buf, at, last);
  }
}

/** `±HH[:MM[:SS]]` → seconds, NaN when it is none. */
function readOffset(buf: Buffer, at: number, end: number): number {
  const sign = buf[at] === MINUS ? -1 : 1;
  if (sign === 1 && buf[at] !== PLUS) return Number.NaN;
  let seconds = 0;
  let unit = 3600;
  for (let i = at + 1; i < end; i += 3) {
    const part = readDigits(buf, i, Math.min(i + 2, end));
    const separated = i + 2 >= end || buf[i + 2] === COLON;
    if (part < 0 || unit < 1 || !separated || i + 2 > end) return Number.NaN;
    seconds += part * unit;
    unit /= 60;
  }
  return sign * seconds;
}
