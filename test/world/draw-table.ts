import { dataColumn, freshColumn } from './draw-column.ts';
import type { SessionDraw } from './draw.ts';
import { DATA_KINDS, KEY_KINDS, type KindName, kindOf, WIDE_KINDS } from './kinds.ts';
import { type Column, type Leaf, type Table, keyValue, nameOf, quote } from './model.ts';
import { isRuled } from './ruled.ts';
import { hasFilters, sieved } from './sieved.ts';

/** Schemas of a world; `system` is a database of ClickHouse's own. */
export const SCHEMAS = ['public', 'Other Schema', 'system'];

const ODD_TABLES = [
  'select',
  'Case',
  'case',
  'a.b',
  "it's",
  'back\\slash',
  'emoji 🙂',
  'x'.repeat(60),
  '_tr_rows',
  'tick`tack',
  'tab\tbed',
  '1',
  '%s',
];
const RANGE_KINDS: KindName[] = ['int', 'bigint', 'date', 'timestamp', 'decimal', 'smallint'];

export function freshTable(draw: SessionDraw): string {
  return draw.model.fresh(draw.random.chance(0.3) ? draw.random.pick(ODD_TABLES) : `t${draw.model.number()}`);
}

/**
 * Draws a new table of any shape; the statements that make it, and the table, which is in the model
 * then.
 */
export function createTable(draw: SessionDraw): string[] {
  const { random, model } = draw;
  const shape = random.weighted([
    [8, 'plain'],
    [draw.features.has('partitions') ? 5 : 0, 'partitioned'],
    [2, 'loose'],
    [1, 'keyless'],
    [1, 'deferrable'],
    [draw.features.has('tables') ? 1 : 0, 'bare'],
    [hasFilters(draw) ? 6 : 0, 'filtered'],
  ] as const);
  const base = baseTable(draw);
  if (shape === 'bare') return made(draw, { ...base, columns: [] });
  const key = keyOf(draw, shape === 'partitioned');
  const table: Table = { ...base, columns: [...key, ...dataColumns(draw)], key: key.map(({ name }) => name) };
  if (shape === 'loose') return [...made(draw, { ...table, key: [], identity: 'full' })];
  if (shape === 'keyless') return made(draw, { ...table, key: [] });
  if (shape === 'filtered') return made(draw, sieved(table, model.number()));
  if (shape === 'deferrable') return made(draw, { ...table, deferrable: true });
  if (shape === 'partitioned')
    return made(draw, {
      ...table,
      leaves: [],
      by: RANGE_KINDS.includes(key[0]?.kind ?? 'int') ? random.pick(['range', 'list'] as const) : 'list',
    });
  const identity = random.weighted([
    [5, 'default'],
    [2, 'full'],
    [1, 'nothing'],
    [2, 'index'],
  ] as const);
  if (identity !== 'index') return made(draw, { ...table, identity });
  const unique: Column = { name: freshColumn(draw), kind: random.pick(KEY_KINDS), generated: false };
  const columns = [...table.columns, unique];
  const index = model.fresh(`u${model.number()}`);
  return made(draw, { ...table, columns, identity, unique: { column: unique.name, index } });
}

function baseTable(draw: SessionDraw): Table {
  const known = draw.model.schemas();
  const schemas = known.length > 1 ? known : SCHEMAS;
  return {
    id: draw.model.number(),
    schema: draw.random.chance(0.7) ? 'public' : draw.random.pick(schemas),
    name: freshTable(draw),
    columns: [],
    key: [],
    deferrable: false,
    identity: 'default',
    unique: null,
    leaves: null,
    by: 'range',
    parent: null,
    unlogged: draw.features.has('tables') && draw.random.chance(0.04),
    constraint: draw.model.fresh(`k${draw.model.number()}`),
  };
}

function keyOf(draw: SessionDraw, partitioned: boolean): Column[] {
  const { random } = draw;
  const count = random.weighted([
    [6, 1],
    [3, 2],
    [1, 3],
  ]);
  return Array.from({ length: count }, (_, index) => {
    const first: KindName[] = partitioned ? [...RANGE_KINDS, 'text'] : ['int', 'int', 'bigint', 'text', 'uuid', ...KEY_KINDS];
    return {
      name: freshColumn(draw),
      kind: random.pick(index === 0 ? first : KEY_KINDS.filter((kind) => kind !== 'longText')),
      generated: false,
    };
  });
}

function dataColumns(draw: SessionDraw): Column[] {
  const { random } = draw;
  const columns: Column[] = [];
  const wide = random.between(0, 3);
  for (let n = 0; n < wide; n += 1) columns.push(dataColumn(draw, WIDE_KINDS, columns));
  const others = random.chance(0.05) ? 40 : random.between(1, 5);
  for (let n = 0; n < others; n += 1) columns.push(dataColumn(draw, DATA_KINDS, columns));
  return columns;
}

/** Statements that make the table as it is described; it is in the model then. */
function made(draw: SessionDraw, wanted: Table): string[] {
  const { random, model, session } = draw;
  let table = wanted;
  const source = table.columns.find((column) => (column.kind === 'int' || column.kind === 'text') && !isRuled(column));
  const definitions = table.columns.map((column) => columnDefinition(table, column));
  if (source !== undefined && random.chance(0.15)) {
    const generated: Column = { name: freshColumn(draw), kind: 'text', generated: true };
    table = { ...table, columns: [...table.columns, generated] };
    definitions.push(`${quote(generated.name)} text generated always as (${quote(source.name)}::text || '!') stored`);
  }
  if (table.key.length > 0)
    definitions.push(
      `constraint ${quote(table.constraint ?? '')} primary key (${table.key.map(quote).join(', ')})${table.deferrable ? ' deferrable' : ''}`,
    );
  const by = table.leaves === null ? '' : ` partition by ${table.by} (${quote(table.key[0] ?? '')})`;
  const sql = [`create ${table.unlogged ? 'unlogged ' : ''}table ${nameOf(table)} (${definitions.join(', ')})${by}`];
  for (const column of table.columns) {
    if (kindOf(column.kind).wide && random.chance(0.85))
      sql.push(`alter table ${nameOf(table)} alter column ${quote(column.name)} set storage external`);
  }
  if (table.leaves !== null) {
    const leaves = drawLeaves(draw, table);
    sql.push(...leaves.flatMap((leaf) => leafSql(table, leaf)));
    table = { ...table, leaves };
  }
  if (table.unique !== null)
    sql.push(`create unique index ${quote(table.unique.index)} on ${nameOf(table)} (${quote(table.unique.column)})`);
  if (table.identity !== 'default') sql.push(identitySql(table));
  model.put(session, table.id, table);
  return sql;
}

function columnDefinition(table: Table, column: Column): string {
  const strict = column.name === table.unique?.column ? ' not null' : '';
  return `${quote(column.name)} ${kindOf(column.kind).sql}${strict}`;
}

export function identitySql(table: Table): string {
  const using = table.identity === 'index' ? `using index ${quote(table.unique?.index ?? '')}` : table.identity;
  return `alter table ${nameOf(table)} replica identity ${using}`;
}

function drawLeaves(draw: SessionDraw, table: Table): Leaf[] {
  const leaves: Leaf[] = [
    newLeaf(draw, table, { from: 0, to: 10 }),
    newLeaf(draw, table, { from: 10, to: 20 }),
    newLeaf(draw, table, { from: 20, to: 60 }),
  ];
  return draw.random.chance(0.7) ? [...leaves, newLeaf(draw, table, null)] : leaves;
}

export function newLeaf(draw: SessionDraw, table: Table, takes: Leaf['takes']): Leaf {
  return { name: draw.model.fresh(`p${draw.model.number()}`), schema: table.schema, takes, nested: draw.random.chance(0.15) };
}

/** Statements that make a partition in its place. */
export function leafSql(table: Table, leaf: Leaf): string[] {
  const create = `create table ${nameOf(leaf)} partition of ${nameOf(table)} ${bounds(table, leaf)}`;
  if (!leaf.nested) return [create];
  const halves = [0, 1].map(
    (half) =>
      `create table ${nameOf({ ...leaf, name: `${leaf.name}_${half}` })} partition of ${nameOf(leaf)} for values with (modulus 2, remainder ${half})`,
  );
  return [`${create} partition by hash (${quote(table.key[0] ?? '')})`, ...halves];
}

/** What the partition takes, as DDL says it. */
export function bounds(table: Table, { takes }: Leaf): string {
  const column = table.columns.find(({ name }) => name === table.key[0]);
  if (takes === null || column === undefined) return 'default';
  if (table.by === 'range') return `for values from (${keyValue(column, takes.from)}) to (${keyValue(column, takes.to)})`;
  const values = Array.from({ length: takes.to - takes.from }, (_, index) => keyValue(column, takes.from + index));
  return `for values in (${values.join(', ')})`;
}
