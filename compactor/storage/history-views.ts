import { hasTuples, shownSql } from '../../core/shown-column.ts';
import { qualifiedName } from '../../core/table.ts';
import type { TableSchema } from '../../core/table.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { arrayLiteralCh, literalCh, qualifiedCh, quoteCh, timeCh } from '../../warehouse/names.ts';
import { NULLABLE_TUPLES, placeOf } from '../../warehouse/place.ts';
import { sql } from '../../warehouse-sql/load.ts';
import { storageColumn } from './clickhouse-types.ts';
import { storageKey } from './row-sql.ts';
import { COMMENT, historyNames, isShown, TUPLE_SETTINGS, viewPlace } from './view.ts';
import type { Named } from './view.ts';
import { versionSql } from './version.ts';

/** A history that is shown. */
export interface ShownHistory {
  readonly schema: TableSchema;
  readonly storage: string;
  /** It is whole from this time on. */
  readonly since: string;
  readonly bounds?: HistoryBounds;
}

/** What a freeze leaves out of a history. Versions are decimal numbers. */
export interface HistoryBounds {
  /** The least version that came later. */
  readonly before: string;
  /** The least version of a copy that has not joined it yet, or one that is not below `before`. */
  readonly joining: string;
}

const OPS = {
  from: arrayLiteralCh(['C', 'I', 'U', 'D', 'T']),
  to: arrayLiteralCh(['copy', 'insert', 'update', 'delete', 'truncate']),
};

/**
 * Shows every version of a table, and the table as it was at a moment. A table that is itself
 * called so keeps its name. All columns but the key may be NULL: a deleted row has no values, and
 * an older one may have none where the source has forbidden it since.
 */
export async function putHistoryViews(engine: Engine, history: ShownHistory, shown: readonly Named[]): Promise<void> {
  for (const statement of await historyViewsSql(engine, history, shown)) await engine.exec(statement);
}

/** The statements of `putHistoryViews`, in order. */
export async function historyViewsSql(engine: Engine, history: ShownHistory, shown: readonly Named[]): Promise<string[]> {
  const { schema, storage, since, bounds } = history;
  const nullableTuples = schema.columns.some(({ type }) => hasTuples(type)) && (await placeOf(engine)).knows(NULLABLE_TUPLES);
  const columns = schema.columns.map(({ id, type, name }) => {
    const shownAs = shownSql(type, `s.${storageColumn(id)}`, { notNull: schema.key.includes(id), nullableTuples });
    return `${shownAs} AS ${quoteCh(name)}`;
  });
  const common = { versions: versionsSql(schema, storage, bounds), settings: nullableTuples ? TUPLE_SETTINGS : '', comment: COMMENT };
  const [versions, at] = historyNames(schema);
  const put = (named: Named, statement: (view: string) => string): string[] =>
    isShown(shown, named) ? [] : [statement(qualifiedCh(...viewPlace(named, false)))];
  const reach = `tailrace: the history of ${qualifiedName(schema.schema, schema.name)} reaches back to ${since}`;
  const from = { since: timeCh(since, 6), message: literalCh(reach) };
  return [
    ...put(versions, (view) => sql('history-view', { ...common, view, columns: [...columns, ...ownColumns(schema)].join(', ') })),
    ...put(at, (view) => sql('at-view', { ...common, ...from, view, columns: columns.join(', ') })),
  ];
}

/** Subquery: the versions in a history, as versions.sql. */
export function versionsSql(schema: TableSchema, storage: string, bounds?: HistoryBounds): string {
  return sql('versions', {
    storage: quoteCh(storage),
    key: storageKey(schema).join(', '),
    bounds: bounds === undefined ? '' : within(bounds),
  });
}

function within({ before, joining }: HistoryBounds): string {
  const [end, copy] = [before, joining].map((one) => versionSql(BigInt(one)));
  return `AND s._tr_version < ${end} AND NOT (s._tr_op = 'C' AND s._tr_version >= ${copy})`;
}

function ownColumns(schema: TableSchema): string[] {
  const own = (name: string): string => quoteCh(freeName(schema, name));
  return [
    `s._tr_from AS ${own('valid_from')}`,
    `if(s._tr_deleted = 1, s._tr_from, s._tr_to) AS ${own('valid_to')}`,
    `transform(toString(s._tr_op), ${OPS.from}, ${OPS.to}) AS ${own('op')}`,
    `concat(${wordSql(80)}, '/', ${wordSql(48)}) AS ${own('lsn')}`,
  ];
}

/** The source's own columns keep their names. */
function freeName({ columns }: TableSchema, name: string): string {
  let free = name;
  while (columns.some((column) => column.name === free)) free += '_';
  return free;
}

/** Half of the commit LSN of a version, as Postgres prints it. */
function wordSql(shift: number): string {
  return `replaceRegexpOne(hex(toUInt32(bitAnd(bitShiftRight(s._tr_version, ${shift}), 4294967295))), '^0(.)', '\\\\1')`;
}
