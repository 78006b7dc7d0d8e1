/** 0, 1, 2, …: a typed array's own `from` calls a function for each of them. */
export function rowNumbers(length: number): Int32Array<ArrayBuffer> {
  const numbers = new Int32Array(length);
  for (let n = 0; n < length; n += 1) numbers[n] = n;
  return numbers;
}
