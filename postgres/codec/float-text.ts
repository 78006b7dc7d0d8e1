const ZERO = 48;
const NINE = 57;
const MINUS = 45;
const POINT = 46;
const EXACT_POWERS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/**
 * Postgres's text of a float → number; undefined when it is not one. Up to 15 digits without
 * exponent are read by hand: such a number and its power of ten are both exact, so one division
 * rounds correctly. All others go through JavaScript's own parser.
 */
export function readFloat(buf: Buffer, start: number, end: number): number | undefined {
  const negative = buf[start] === MINUS;
  let digits = 0;
  let point = -1;
  const first = negative ? start + 1 : start;
  if (end - first > 16) return readAnyFloat(buf, start, end);
  for (let i = first; i < end; i++) {
    const byte = buf[i] as number;
    if (byte >= ZERO && byte <= NINE) digits = digits * 10 + (byte - ZERO);
    else if (byte === POINT && point < 0) point = i;
    else return readAnyFloat(buf, start, end);
  }
  if (end - first > 15 && point < 0) return readAnyFloat(buf, start, end);
  if (end === first || point === first || point === end - 1) return undefined;
  const value = point < 0 ? digits : digits / (EXACT_POWERS[end - 1 - point] as number);
  return negative ? -value : value;
}

const FORM = /^-?(?:\d+(?:\.\d+)?(?:e[+-]\d+)?|Infinity)$|^NaN$/;

function readAnyFloat(buf: Buffer, start: number, end: number): number | undefined {
  const text = buf.toString('latin1', start, end);
  return FORM.test(text) ? Number(text) : undefined;
}

/**
 * A number in the form Postgres prints it (extra_float_digits ≥ 1): shortest digits, an exponent of
 * at least two digits below 1e-4 and from `10^integerDigits` on, where float8 has 15 and float4 has
 * 6 integer digits. Where the shortest decimal lies exactly halfway between two numbers Postgres
 * prints one digit more; that is why floats in arrays are copied as text.
 * @param shortest the shortest decimal that reads back as the number, in any form JavaScript prints
 */
export function printFloat(shortest: string, integerDigits: number): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(shortest);
  if (match === null) return shortest;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const all = (whole + fraction).replace(/^0+/, '');
  if (all === '') return `${sign}0`;
  const digits = all.replace(/0+$/, '');
  const power = Number(exponent) - fraction.length + all.length - 1;
  if (power < -4 || power >= integerDigits) {
    const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
    return `${sign}${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${digits}`;
  const padded = digits.padEnd(power + 1, '0');
  return padded.length === power + 1 ? sign + padded : `${sign}${padded.slice(0, power + 1)}.${padded.slice(power + 1)}`;
}
