import { createTable, SCHEMAS } from './draw-table.ts';
import { drawChange } from './draw-transaction.ts';
import type { Draw } from './draw.ts';
import { quote } from './model.ts';
import { RULES, SALT } from './ruled.ts';
import type { Script } from './script.ts';
import { FILTERS, FIRST_SIEVED, hasFilters } from './sieved.ts';

/** How much there is before the product comes. */
export interface SetupSize {
  readonly tables: { readonly least: number; readonly most: number };
  readonly changes: number;
}

/** What is left out, masked and filtered, as settings. */
export function rulesOf(draw: Draw): Record<string, string> {
  const tables = { ...(draw.features.has('rules') ? RULES : {}), ...(hasFilters(draw) ? FILTERS : {}) };
  return Object.keys(tables).length === 0 ? {} : { TAILRACE_TABLE: JSON.stringify(tables), TAILRACE_MASK_SALT: SALT };
}

/** Schemas, types, and tables with some rows. */
export function drawSetup(script: Script, draw: Draw, { tables, changes }: SetupSize): void {
  for (const schema of SCHEMAS.slice(1)) script.sql(1, 'plain', `create schema ${quote(schema)}`);
  // With it Postgres refuses updates and deletes of tables that are replicated without them, no
  // matter what was drawn.
  script.sql(
    1,
    'plain',
    `create publication "theirs" for all tables${draw.version >= 18 ? ' with (publish_generated_columns = stored)' : ''}`,
  );
  script.sql(1, 'plain', `create type "mood" as enum ('sad', 'ok', 'happy')`, `create domain "amount" as numeric(10,2)`);
  if (hasFilters(draw)) script.sql(1, 'plain', FIRST_SIEVED);
  const session = { ...draw, session: 1, inside: false };
  for (let count = draw.random.between(tables.least, tables.most); count > 0; count -= 1) {
    script.sql(1, 'plain', ...createTable(session));
    draw.model.end(1);
  }
  for (let count = draw.random.between(0, changes); count > 0; count -= 1) script.sql(1, 'plain', ...drawChange(session));
  draw.model.end(1);
}
