import type { Shape } from './shape.ts';

const RANGE = 10_000;

/** Five columns: narrow and wide values, NULLs, a number that must not be rounded. */
export const NARROW: Shape = {
  columns: 'id bigint primary key, k int, amount numeric(12,2), note text, at timestamptz',
  values: (n) =>
    `${n}, ${n} % 1000, ${n} / 100.0, case when ${n} % 10 > 0 then md5(${n}::text) || md5((${n} * 7)::text) end, timestamptz '2026-01-01' + ${n} * interval '1 second'`,
  key: 'id',
  keyOf: (n) => n,
  keyLiteral: String,
  rangeFrom: (n) => `id >= ${n} AND id < ${n + RANGE}`,
  update: 'k = k + 1, amount = amount + 0.01, at = now()',
  sourceText: "id || '|' || k || '|' || amount || '|' || coalesce(note, '~') || '|' || (extract(epoch from at) * 1000000)::bigint",
  shownText:
    "concat(toString(id), '|', toString(k), '|', toDecimalString(amount, 2), '|', ifNull(note, '~'), '|', toString(toUnixTimestamp64Micro(at)))",
  sums: 'count() AS n, sum(amount) AS total, max(at) AS latest',
  part: 'k % 100',
  plain: "id Int64, k Nullable(Int32), amount Nullable(Decimal(12, 2)), note Nullable(String), at Nullable(DateTime64(6, 'UTC'))",
};
