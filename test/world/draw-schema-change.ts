import { addColumn, changeType, dropAndAdd, dropColumn, renameColumn, setStorage, swapColumnNames } from './draw-columns.ts';
import { addPrimaryKey, changeIdentity, changePrimaryKey, dropIdentityIndex, dropPrimaryKey } from './draw-identity.ts';
import { renameSchema, renameTable, setSchema, swapTableNames } from './draw-names.ts';
import { addLeaf, detachLeaf, dropLeaf, truncateLeaf } from './draw-partitions.ts';
import { addReference } from './draw-references.ts';
import { changeLogging, createTableAs, dropAndCreate, dropTable, inherit, newTable, rewrite } from './draw-tables.ts';
import type { Feature, SessionDraw, TableDraw } from './draw.ts';

type Choice = readonly [weight: number, feature: Feature, make: TableDraw | ((draw: SessionDraw) => string[])];

const CHOICES: readonly Choice[] = [
  [8, 'columns', addColumn],
  [4, 'columns', dropColumn],
  [4, 'columns', dropAndAdd],
  [4, 'columns', renameColumn],
  [2, 'columns', swapColumnNames],
  [1, 'columns', setStorage],
  [8, 'types', changeType],
  [3, 'names', renameTable],
  [2, 'names', swapTableNames],
  [2, 'names', setSchema],
  [1, 'names', renameSchema],
  [2, 'keys', dropPrimaryKey],
  [4, 'keys', addPrimaryKey],
  [3, 'keys', changePrimaryKey],
  [4, 'keys', changeIdentity],
  [1, 'keys', dropIdentityIndex],
  [4, 'partitions', truncateLeaf],
  [2, 'partitions', dropLeaf],
  [3, 'partitions', detachLeaf],
  [5, 'partitions', addLeaf],
  [4, 'tables', newTable],
  [1, 'tables', dropTable],
  [3, 'tables', dropAndCreate],
  [2, 'tables', inherit],
  [2, 'tables', changeLogging],
  [1, 'tables', createTableAs],
  [5, 'rewrites', rewrite],
  [4, 'enums', changeEnum],
  [4, 'references', addReference],
];

/** Tries before nothing is drawn: not every change is possible with every table. */
const TRIES = 6;

/** Draws DDL, on a table that no other open transaction has used. */
export function drawSchemaChange(draw: SessionDraw): string[] {
  const choices = CHOICES.filter(([, feature]) => draw.features.has(feature));
  for (let tries = 0; tries < TRIES && choices.length > 0; tries += 1) {
    const make = draw.random.weighted(choices.map(([weight, , each]) => [weight, each]));
    const tables = draw.model.alterable(draw.session);
    if (tables.length === 0) return [];
    const statements = make(draw, draw.random.pick(tables));
    if (statements.length > 0) return statements;
  }
  return [];
}

/** A new label, or another name for the first one. */
function changeEnum({ random, model }: SessionDraw): string[] {
  const label = `m${model.number()}`;
  if (random.chance(0.5)) return [`alter type "mood" add value '${label}'${random.chance(0.3) ? ` before 'ok'` : ''}`];
  return [`do $do$ begin execute format('alter type "mood" rename value %L to %L', (enum_range(null::"mood"))[1], '${label}'); end $do$`];
}
