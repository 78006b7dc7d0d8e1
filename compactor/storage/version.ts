import type { Lsn } from '../../core/lsn.ts';

/**
 * Orders all changes of a table over its epochs: epoch (16 bits) ‖ commit LSN (64) ‖ ordinal (48).
 */
export type Version = bigint;

export function version(epoch: number, commitLsn: Lsn, ordinal: bigint | number = 0n): Version {
  return (BigInt(epoch) << 112n) | (commitLsn << 48n) | BigInt(ordinal);
}

/** A version as SQL. ClickHouse would read a plain literal of that size as a Float64. */
export function versionSql(value: Version): string {
  return `toUInt128('${value}')`;
}

/**
 * The version of a row of a stream file (alias `_tr_f`) as SQL. `commitLsn`: that of the one
 * transaction that all rows belong to; null: each row has its own.
 */
export function rowVersionSql(epoch: number, commitLsn: Lsn | null): string {
  if (commitLsn !== null) return `bitOr(${versionSql(version(epoch, commitLsn))}, toUInt128(_tr_f._tr_ordinal))`;
  return `bitOr(${versionSql(version(epoch, 0n))}, bitOr(bitShiftLeft(toUInt128(_tr_f._tr_commit_lsn), 48), toUInt128(_tr_f._tr_ordinal)))`;
}

/** A half-open range of versions: exactly these changes are applied. */
export interface Bounds {
  /** Least version that is applied. */
  readonly from: Version;
  /** Least version that is no longer applied; null: no end. */
  readonly before: Version | null;
}

/** Condition on a `_tr_version` column. */
export function boundsSql(column: string, { from, before }: Bounds): string {
  const lower = `${column} >= ${versionSql(from)}`;
  return before === null ? lower : `${lower} AND ${column} < ${versionSql(before)}`;
}
