/**
 * ClickHouse error codes → HTTP status, as its server does:
 * https://github.com/ClickHouse/ClickHouse/blob/master/src/Server/HTTP/exceptionCodeToHTTPStatus.cpp
 */
const STATUS: readonly (readonly [number, readonly number[]])[] = [
  [400, [6, 25, 26, 27, 36, 38, 41, 53, 62, 69, 72, 117, 167, 168, 190, 376, 427, 441, 456, 457, 675, 676]],
  [401, [194]],
  [403, [164, 497, 516]],
  [404, [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 372]],
  [413, [307]],
  [499, [394]],
  [501, [48]],
  [503, [202, 209, 210, 236]],
  [504, [159, 160]],
];

export function httpStatus(clickhouseCode: number): number {
  return STATUS.find(([, codes]) => codes.includes(clickhouseCode))?.[0] ?? 500;
}
