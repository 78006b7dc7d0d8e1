/**
 * CityHash128 of version 1.0.2, by which ClickHouse checks compressed blocks. Later versions of
 * CityHash have other values. Source:
 * https://github.com/ClickHouse/ClickHouse/tree/master/contrib/cityhash102
 */
const K0 = 0xc3a5c85c97cb3127n;
const K1 = 0xb492b66fbe98f273n;
const K2 = 0x9ae16a3b2f90404fn;
const K3 = 0xc949d7c7509e6557n;
const MIX = 0x9ddfea08eb382d69n;

/** A 128-bit value as its lower and upper half. */
type Halves = [low: bigint, high: bigint];

/** 16 bytes, the lower half first, each little-endian. */
export function cityHash128(bytes: Uint8Array): Buffer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = (place: number): bigint => view.getBigUint64(place, true);
  const { length } = bytes;
  const rest = (from: number): DataView => new DataView(view.buffer, view.byteOffset + from, view.byteLength - from);
  const [low, high] =
    length >= 16
      ? seeded(rest(16), [at(0) ^ K3, at(8)])
      : length >= 8
        ? seeded(rest(length), [at(0) ^ times(BigInt(length), K0), at(length - 8) ^ K1])
        : seeded(view, [K0, K1]);
  const out = Buffer.alloc(16);
  out.writeBigUInt64LE(low, 0);
  out.writeBigUInt64LE(high, 8);
  return out;
}

function seeded(view: DataView, seed: Halves): Halves {
  const { byteLength: length } = view;
  if (length < 128) return murmur(view, seed);
  const at = (place: number): bigint => view.getBigUint64(place, true);
  let [x, y] = seed;
  let z = times(BigInt(length), K1);
  let v0 = plus(times(rotate(y ^ K1, 49n), K1), at(0));
  let v1 = plus(times(rotate(v0, 42n), K1), at(8));
  let w0 = plus(times(rotate(plus(y, z), 35n), K1), x);
  let w1 = times(rotate(plus(x, at(88)), 53n), K1);
  let place = 0;
  for (let left = length; left >= 128; left -= 128) {
    for (let round = 0; round < 2; round += 1, place += 64) {
      x = times(rotate(plus(plus(x, y), plus(v0, at(place + 16))), 37n), K1) ^ w1;
      y = times(rotate(plus(plus(y, v1), at(place + 48)), 42n), K1) ^ v0;
      z = rotate(z ^ w0, 33n);
      [v0, v1] = weak32(view, place, times(v1, K1), plus(x, w0));
      [w0, w1] = weak32(view, place + 32, plus(z, w1), y);
      [z, x] = [x, z];
    }
  }
  y = plus(y, plus(times(rotate(w0, 37n), K0), z));
  x = plus(x, times(rotate(plus(v0, z), 49n), K0));
  for (let done = 32; done - 32 < length - place; done += 32) {
    y = plus(times(rotate(minus(y, x), 42n), K0), v1);
    w0 = plus(w0, at(length - done + 16));
    x = plus(times(rotate(x, 49n), K0), w0);
    w0 = plus(w0, v0);
    [v0, v1] = weak32(view, length - done, v0, v1);
  }
  x = hash16(x, v0);
  y = hash16(y, w0);
  return [plus(hash16(plus(x, v1), w1), y), hash16(plus(x, w1), plus(y, v1))];
}

function murmur(view: DataView, [low, high]: Halves): Halves {
  const { byteLength: length } = view;
  const at = (place: number): bigint => view.getBigUint64(place, true);
  let [a, b, c, d] = [low, high, 0n, 0n];
  if (length <= 16) {
    a = times(shiftMix(times(a, K1)), K1);
    c = plus(times(b, K1), upTo16(view));
    d = shiftMix(plus(a, length >= 8 ? at(0) : c));
  } else {
    c = hash16(plus(at(length - 8), K1), a);
    d = hash16(plus(b, BigInt(length)), plus(c, at(length - 16)));
    a = plus(a, d);
    for (let place = 0; place < length - 16; place += 16) {
      a = times(a ^ times(shiftMix(times(at(place), K1)), K1), K1);
      b ^= a;
      c = times(c ^ times(shiftMix(times(at(place + 8), K1)), K1), K1);
      d ^= c;
    }
  }
  a = hash16(a, c);
  b = hash16(d, b);
  return [a ^ b, hash16(b, a)];
}

function upTo16(view: DataView): bigint {
  const { byteLength: length } = view;
  const size = BigInt(length);
  if (length > 8) {
    const last = view.getBigUint64(length - 8, true);
    return hash16(view.getBigUint64(0, true), rotate(plus(last, size), size)) ^ last;
  }
  if (length >= 4) return hash16(plus(size, BigInt(view.getUint32(0, true)) << 3n), BigInt(view.getUint32(length - 4, true)));
  if (length === 0) return K2;
  const [a, b, c] = [view.getUint8(0), view.getUint8(length >> 1), view.getUint8(length - 1)];
  return times(shiftMix(times(BigInt(a + (b << 8)), K2) ^ times(BigInt(length + (c << 2)), K3)), K2);
}

function weak32(view: DataView, place: number, first: bigint, second: bigint): Halves {
  const [w, x, y, z] = [0, 8, 16, 24].map((step) => view.getBigUint64(place + step, true)) as [bigint, bigint, bigint, bigint];
  const start = plus(first, w);
  const sum = plus(plus(start, x), y);
  return [plus(sum, z), plus(plus(rotate(plus(plus(second, start), z), 21n), rotate(sum, 44n)), start)];
}

function hash16(low: bigint, high: bigint): bigint {
  const a = times(low ^ high, MIX);
  const b = times(high ^ a ^ (a >> 47n), MIX);
  return times(b ^ (b >> 47n), MIX);
}

function shiftMix(value: bigint): bigint {
  return value ^ (value >> 47n);
}

function rotate(value: bigint, bits: bigint): bigint {
  return (value >> bits) | BigInt.asUintN(64, value << (64n - bits));
}

function plus(a: bigint, b: bigint): bigint {
  return BigInt.asUintN(64, a + b);
}

function minus(a: bigint, b: bigint): bigint {
  return BigInt.asUintN(64, a - b);
}

function times(a: bigint, b: bigint): bigint {
  return BigInt.asUintN(64, a * b);
}
