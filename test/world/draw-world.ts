import { beginSomething, goOn } from './draw-session.ts';
import { createTable, SCHEMAS } from './draw-table.ts';
import { drawChange } from './draw-transaction.ts';
import { type Draw, FEATURES, type Feature } from './draw.ts';
import { Model, quote } from './model.ts';
import { Random } from './random.ts';
import { RULES, SALT } from './ruled.ts';
import { type OpenSession, Script } from './script.ts';
import { FILTERS, FIRST_SIEVED, hasFilters } from './sieved.ts';
import { ROLES, type World } from './world.ts';

/** What may be chosen beside the seed. */
export interface WorldOptions {
  readonly seed: number;
  /** Server's major. */
  readonly version: number;
}

const COMPARISONS = 3;

/** The world of a seed: the same every time. */
export function drawWorld({ seed, version }: WorldOptions): World {
  const random = new Random(seed);
  const features = new Set<Feature>(FEATURES.filter(() => random.chance(0.6)));
  const draw: Draw = { random, model: new Model(), version, features };
  const script = new Script();
  drawSetup(script, draw);
  const late = random.chance(0.3);
  if (!late) script.deed('start');
  for (let part = 0; part <= COMPARISONS; part += 1) {
    if (part === 1 && late) script.deed('start');
    if (part > 0 || !late) drawPart(script, draw);
    else drawTraffic(script, draw, random.between(5, 40));
  }
  script.deed('verify');
  return { settings: { ...drawSettings(random), ...rulesOf(draw) }, steps: script.steps };
}

/** What is left out, masked and filtered. */
function rulesOf(draw: Draw): Record<string, string> {
  const tables = { ...(draw.features.has('rules') ? RULES : {}), ...(hasFilters(draw) ? FILTERS : {}) };
  return Object.keys(tables).length === 0 ? {} : { TAILRACE_TABLE: JSON.stringify(tables), TAILRACE_MASK_SALT: SALT };
}

function drawSettings(random: Random): Record<string, string> {
  return {
    TAILRACE_SOURCE_HEARTBEAT: random.pick(['200ms', '1s', '10s', '1h']),
    TAILRACE_REPLICATE_MAX_AGE: random.pick(['50ms', '500ms']),
    TAILRACE_REPLICATE_BATCH_ROWS: random.pick(['20', '1000', '200000']),
    TAILRACE_REPLICATE_MEMORY: random.pick(['64KB', '1MiB', '96MiB']),
    TAILRACE_SNAPSHOT_CHUNK_BYTES: random.pick(['64KB', '64MiB']),
    TAILRACE_COMPACT_STEP_ROWS: random.pick(['1000', '1000000']),
    TAILRACE_SOURCE_STREAMING: random.pick(['on', 'on', 'off']),
  };
}

function drawSetup(script: Script, draw: Draw): void {
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
  for (let count = draw.random.between(3, 7); count > 0; count -= 1) {
    script.sql(1, 'plain', ...createTable(session));
    draw.model.end(1);
  }
  for (let count = draw.random.between(0, 12); count > 0; count -= 1) script.sql(1, 'plain', ...drawChange(session));
  draw.model.end(1);
}

/** Traffic, with what befalls the product, up to a comparison. */
function drawPart(script: Script, draw: Draw): void {
  const { random, features } = draw;
  drawTraffic(script, draw, random.between(15, 60));
  if (features.has('kills') && random.chance(0.5)) script.deed(`kill ${random.pick(ROLES)}`);
  if (features.has('outages') && random.chance(0.4)) {
    script.deed(random.pick(['stop', 'crash']));
    drawTraffic(script, draw, random.between(10, 60));
    script.deed('start');
  }
  drawTraffic(script, draw, random.between(0, 30));
  script.deed('compare');
}

/** `turns` turns of the application's sessions; after them all transactions are over. */
function drawTraffic(script: Script, draw: Draw, turns: number): void {
  const sessions = draw.features.has('sessions') ? 4 : 1;
  const open = new Map<number, OpenSession>();
  const turn = (session: number): void => {
    const going = open.get(session);
    const next = going === undefined ? beginSomething(script, draw, session) : goOn(script, going);
    if (next === null) open.delete(session);
    else open.set(session, next);
  };
  for (let left = turns; left > 0; left -= 1) {
    turn(draw.random.between(1, sessions));
    if (sessions > 1 && draw.random.chance(0.05))
      drawTogether(
        script,
        draw,
        [...Array(sessions).keys()].map((n) => n + 1).filter((n) => !open.has(n)),
      );
  }
  for (const session of open.keys()) while (open.has(session)) turn(session);
}

/** Several sessions at the same moment, each with transactions of its own. */
function drawTogether(script: Script, draw: Draw, sessions: readonly number[]): void {
  for (let round = draw.random.between(2, 6); round > 0; round -= 1) {
    for (const session of sessions) script.sql(session, 'together', ...drawChange({ ...draw, session, inside: false }));
  }
  for (const session of sessions) draw.model.end(session);
}
