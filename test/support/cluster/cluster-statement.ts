/** A table's place: database and name, unquoted. */
export interface TableName {
  readonly database: string;
  readonly name: string;
}

/** What a statement means to a cluster, by its text. */
export type ClusterStatement =
  /** It concerns the node that it came to. */
  | { readonly kind: 'local' }
  | { readonly kind: 'read' }
  | CreateDatabase
  | { readonly kind: 'drop database'; readonly database: string; readonly sql: string; readonly cluster: string | null }
  | ShapeStatement
  | RowsStatement
  | { readonly kind: 'sync'; readonly table: TableName }
  | { readonly kind: 'sync database'; readonly database: string }
  | { readonly kind: 'kill'; readonly sql: string; readonly cluster: string | null };

export interface CreateDatabase {
  readonly kind: 'create database';
  readonly database: string;
  /** ENGINE = Replicated. */
  readonly isReplicated: boolean;
  /** As an engine without a keeper takes it. */
  readonly sql: string;
  readonly cluster: string | null;
}

/** It makes, changes or removes a table. */
export interface ShapeStatement {
  readonly kind: 'shape';
  readonly verb: 'create' | 'drop' | 'drop view' | 'alter' | 'rename' | 'exchange';
  readonly table: TableName;
  /** The other table of RENAME and EXCHANGE, or the one that a new table is like. */
  readonly other: TableName | null;
  /** CREATE: what the text says of the engine. */
  readonly engine: 'replicated' | 'plain' | 'like the other' | Distributed;
  readonly engineArguments: string;
  /** CREATE … CLONE AS. */
  readonly isClone: boolean;
  readonly sql: string;
  readonly cluster: string | null;
}

/** A table of ENGINE = Distributed. */
export interface Distributed {
  readonly cluster: string;
  readonly of: TableName;
  readonly comment: string;
}

/** It changes rows of a table. */
export interface RowsStatement {
  readonly kind: 'rows';
  readonly verb: 'insert' | 'attach' | 'truncate' | 'mutate' | 'optimize' | 'partition';
  readonly table: TableName;
  /** ATTACH … FROM: where the rows come from. */
  readonly from: TableName | null;
  readonly sql: string;
  /** INSERT: the text before and after the name of the table. */
  readonly around: readonly [string, string];
}

const PART = '(?:`(?:[^`\\\\]|\\\\.)*`|"(?:[^"\\\\]|\\\\.)*"|[A-Za-z_][\\w$]*)';
const NAME = `(${PART}(?:\\s*\\.\\s*${PART})?)`;
const TEXT = "'((?:[^'\\\\]|\\\\.)*)'";
const ON_CLUSTER = new RegExp(`\\s+ON\\s+CLUSTER\\s+(?:${TEXT}|(${PART}))`, 'i');
const CREATE_DATABASE = new RegExp(`^\\s*CREATE\\s+DATABASE\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?(${PART})`, 'i');
const DROP_DATABASE = new RegExp(`^\\s*DROP\\s+DATABASE\\s+(?:IF\\s+EXISTS\\s+)?(${PART})`, 'i');
const CREATE = new RegExp(
  `^\\s*CREATE\\s+(?:OR\\s+REPLACE\\s+)?(?:TABLE|(?:MATERIALIZED\\s+)?VIEW|DICTIONARY)\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?${NAME}`,
  'i',
);
const DROP = new RegExp(`^\\s*DROP\\s+(TABLE|VIEW|DICTIONARY)\\s+(?:IF\\s+EXISTS\\s+)?${NAME}`, 'i');
const RENAME = new RegExp(`^\\s*(RENAME|EXCHANGE)\\s+TABLES?\\s+${NAME}\\s+(?:TO|AND)\\s+${NAME}`, 'i');
const ALTER = new RegExp(`^\\s*ALTER\\s+TABLE\\s+${NAME}\\s+([\\s\\S]*)$`, 'i');
const INSERT = new RegExp(`^(\\s*INSERT\\s+INTO\\s+(?:TABLE\\s+)?(?!FUNCTION\\b))${NAME}([\\s\\S]*)$`, 'i');
const TRUNCATE = new RegExp(`^\\s*TRUNCATE\\s+(?:TABLE\\s+)?(?:IF\\s+EXISTS\\s+)?${NAME}`, 'i');
const OPTIMIZE = new RegExp(`^\\s*OPTIMIZE\\s+TABLE\\s+${NAME}`, 'i');
const SYNC = new RegExp(`^\\s*SYSTEM\\s+SYNC\\s+REPLICA\\s+${NAME}`, 'i');
const SYNC_DATABASE = new RegExp(`^\\s*SYSTEM\\s+SYNC\\s+DATABASE\\s+REPLICA\\s+(${PART})`, 'i');
const KILL = /^\s*KILL\s+QUERY\b/i;
const READ = /^\s*(?:WITH|SELECT|DESCRIBE|DESC|EXPLAIN|SHOW|EXISTS|\()/i;
const REPLICATED_DATABASE = /\bENGINE\s*=\s*Replicated\s*\([^)]*\)/i;
const REPLICATED_ENGINE = /\b(ENGINE\s*=\s*)Replicated(\w*MergeTree)(?:\s*\(([^)]*)\))?/i;
const OTHER_ENGINE = /\bENGINE\s*=\s*\w+/i;
const DISTRIBUTED = new RegExp(
  `\\bENGINE\\s*=\\s*Distributed\\s*\\(\\s*(?:${TEXT}|(\\w+))\\s*,\\s*(?:${TEXT}|(${PART}))\\s*,\\s*(?:${TEXT}|(${PART}))`,
  'i',
);
const COMMENT = new RegExp(`\\bCOMMENT\\s+${TEXT}\\s*$`, 'i');
const CLONE = /^\s*CLONE\s+AS\b/i;
const LIKE_ANOTHER = new RegExp(`^\\s*(?:CLONE\\s+)?AS\\s+(?!SELECT\\b|WITH\\b)${NAME}`, 'i');
const ATTACH_FROM = new RegExp(`^\\s*ATTACH\\s+PARTITION\\s[\\s\\S]*?\\bFROM\\s+${NAME}`, 'i');

/** Reads the beginning of a statement; what it does not know is local. Pure. */
export function clusterStatement(text: string): ClusterStatement {
  if (READ.test(text)) return { kind: 'read' };
  if (SYNC.test(text)) return { kind: 'sync', table: nameIn(SYNC.exec(text)?.[1]) };
  const synced = SYNC_DATABASE.exec(text)?.[1];
  if (synced !== undefined) return { kind: 'sync database', database: unquoted(synced) };
  const inserted = INSERT.exec(text);
  if (inserted !== null) {
    const [, before = '', name, after = ''] = inserted;
    return { kind: 'rows', verb: 'insert', table: nameIn(name), from: null, sql: text, around: [before, after] };
  }
  const cluster = clusterOf(text);
  const sql = cluster === null ? text : text.replace(ON_CLUSTER, '');
  if (KILL.test(sql)) return { kind: 'kill', sql, cluster };
  const created = CREATE_DATABASE.exec(sql)?.[1];
  if (created !== undefined) {
    const isReplicated = REPLICATED_DATABASE.test(sql);
    return {
      kind: 'create database',
      database: unquoted(created),
      isReplicated,
      sql: sql.replace(REPLICATED_DATABASE, 'ENGINE = Atomic'),
      cluster,
    };
  }
  const dropped = DROP_DATABASE.exec(sql)?.[1];
  if (dropped !== undefined) return { kind: 'drop database', database: unquoted(dropped), sql, cluster };
  return ofTable(sql, cluster) ?? { kind: 'local' };
}

function ofTable(sql: string, cluster: string | null): ClusterStatement | null {
  const shape = { kind: 'shape', other: null, engine: 'plain', engineArguments: '', isClone: false, sql, cluster } as const;
  const created = CREATE.exec(sql);
  if (created !== null)
    return {
      ...shape,
      verb: 'create',
      table: nameIn(created[1]),
      isClone: CLONE.test(sql.slice(created[0].length)),
      ...engineOf(sql, sql.slice(created[0].length)),
    };
  const dropped = DROP.exec(sql);
  if (dropped !== null) return { ...shape, verb: dropped[1]?.toUpperCase() === 'VIEW' ? 'drop view' : 'drop', table: nameIn(dropped[2]) };
  const renamed = RENAME.exec(sql);
  if (renamed !== null) {
    const verb = renamed[1]?.toUpperCase() === 'RENAME' ? 'rename' : 'exchange';
    return { ...shape, verb, table: nameIn(renamed[2]), other: nameIn(renamed[3]) };
  }
  const rows = { kind: 'rows', from: null, sql, around: ['', ''] } as const;
  const altered = ALTER.exec(sql);
  if (altered !== null) {
    const [, name, change = ''] = altered;
    const from = ATTACH_FROM.exec(change)?.[1];
    if (from !== undefined) return { ...rows, verb: 'attach', table: nameIn(name), from: nameIn(from) };
    if (/^(?:UPDATE|DELETE|MATERIALIZE|CLEAR)\b/i.test(change)) return { ...rows, verb: 'mutate', table: nameIn(name) };
    if (/^(?:ATTACH|DETACH|REPLACE|MOVE|FETCH|FREEZE|UNFREEZE|DROP\s+(?:DETACHED\s+)?PART(?:ITION)?)\b/i.test(change))
      return { ...rows, verb: 'partition', table: nameIn(name) };
    return { ...shape, verb: 'alter', table: nameIn(name) };
  }
  const truncated = TRUNCATE.exec(sql)?.[1];
  if (truncated !== undefined) return { ...rows, verb: 'truncate', table: nameIn(truncated) };
  const optimized = OPTIMIZE.exec(sql)?.[1];
  return optimized === undefined ? null : { ...rows, verb: 'optimize', table: nameIn(optimized) };
}

function engineOf(sql: string, tail: string): Pick<ShapeStatement, 'engine' | 'engineArguments' | 'other' | 'sql'> {
  const spread = DISTRIBUTED.exec(sql);
  if (spread !== null) {
    const [, quotedCluster, cluster, quotedDatabase, database, quotedName, name] = spread;
    const of = { database: quotedDatabase ?? unquoted(database ?? ''), name: quotedName ?? unquoted(name ?? '') };
    const comment = COMMENT.exec(sql)?.[1] ?? '';
    return { engine: { cluster: quotedCluster ?? cluster ?? '', of, comment }, engineArguments: '', other: null, sql };
  }
  const like = LIKE_ANOTHER.exec(tail)?.[1];
  const other = like === undefined ? null : nameIn(like);
  const replicated = REPLICATED_ENGINE.exec(sql);
  if (replicated !== null) {
    const plain = sql.replace(
      REPLICATED_ENGINE,
      (_all, head: string, engine: string, given?: string) => `${head}${engine}(${given ?? ''})`,
    );
    return { engine: 'replicated', engineArguments: replicated[3] ?? '', other, sql: plain };
  }
  return { engine: other !== null && !OTHER_ENGINE.test(tail) ? 'like the other' : 'plain', engineArguments: '', other, sql };
}

/** The cluster of ON CLUSTER, where DDL has it: behind the name. */
function clusterOf(sql: string): string | null {
  if (!/^\s*(?:CREATE|DROP|ALTER|RENAME|EXCHANGE|TRUNCATE|OPTIMIZE|KILL)\b/i.test(sql)) return null;
  const [, text, name] = ON_CLUSTER.exec(sql) ?? [];
  return text ?? (name === undefined ? null : unquoted(name));
}

/** `database.name`, for maps and messages. */
export function placeOfTable({ database, name }: TableName): string {
  return `${database}.${name}`;
}

function nameIn(text = ''): TableName {
  const [first = '', second] = text.match(new RegExp(PART, 'g')) ?? [];
  return second === undefined ? { database: 'default', name: unquoted(first) } : { database: unquoted(first), name: unquoted(second) };
}

function unquoted(part: string): string {
  return /^[`"]/.test(part) ? part.slice(1, -1).replaceAll(/\\(.)/g, '$1') : part;
}
