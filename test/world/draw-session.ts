import { drawSchemaChange } from './draw-schema-change.ts';
import { moveKey } from './draw-key-changes.ts';
import { insertRows, updateRows } from './draw-rows.ts';
import { drawChange, drawNoise, pickTable } from './draw-transaction.ts';
import type { Draw } from './draw.ts';
import type { OpenSession, Script } from './script.ts';

/** What a session without a transaction does next: a statement by itself, or the begin of one. */
export function beginSomething(script: Script, draw: Draw, session: number): OpenSession | null {
  const { random, features } = draw;
  const alone = { ...draw, session, inside: false };
  if (random.chance(0.3)) {
    script.sql(session, 'plain', ...drawItem(alone));
    draw.model.end(session);
    return null;
  }
  if (features.has('subtransactions') && random.chance(0.1)) {
    script.sql(session, 'plain', ...eachInSubtransaction(alone));
    draw.model.end(session);
    return null;
  }
  script.sql(session, 'plain', 'begin');
  const mode = random.chance(features.has('sessions') ? 0.85 : 0.6) ? 'guarded' : 'plain';
  return { draw: { ...alone, inside: true }, mode, savepoints: [], left: random.between(1, 8), prepared: null };
}

function drawItem(draw: OpenSession['draw']): string[] {
  if (draw.random.chance(0.05)) return drawNoise(draw);
  return draw.random.chance(0.12) ? drawSchemaChange(draw) : drawChange(draw);
}

/** A statement in many subtransactions, some of which are undone. */
function eachInSubtransaction(draw: OpenSession['draw']): string[] {
  const table = pickTable(draw, false);
  const [statement] = table === null ? [] : draw.random.pick([insertRows, updateRows, moveKey])(draw, table);
  if (statement === undefined) return [];
  const count = draw.random.pick([3, 70, 300]);
  return [
    `do $do$ begin for i in 1..${count} loop begin ${statement}; if i % 3 = 0 then raise exception 'undone'; end if; exception when others then null; end; end loop; end $do$`,
  ];
}

/** Goes on in an open transaction, and ends it when its time has come; null: it is over. */
export function goOn(script: Script, open: OpenSession): OpenSession | null {
  const { draw, savepoints } = open;
  const { random, features, session, model } = draw;
  if (open.prepared !== null) return endPrepared(script, open);
  if (open.left <= 0) return end(script, open);
  open.left -= 1;
  if (features.has('savepoints') && random.chance(0.2)) {
    const name = `s${model.number()}`;
    savepoints.push({ name, mark: model.mark(session) });
    script.sql(session, 'plain', `savepoint ${name}`);
  } else if (savepoints.length > 0 && random.chance(0.25)) leaveSavepoint(script, open);
  else script.sql(session, open.mode, ...drawItem(draw));
  return open;
}

function leaveSavepoint(script: Script, { draw, savepoints }: OpenSession): void {
  const { random, session, model } = draw;
  const at = random.between(0, savepoints.length - 1);
  const [left] = savepoints.splice(at);
  if (left === undefined) return;
  if (random.chance(0.6)) {
    script.sql(session, 'plain', `rollback to savepoint ${left.name}`);
    model.rollback(session, left.mark);
  } else script.sql(session, 'plain', `release savepoint ${left.name}`);
}

function end(script: Script, open: OpenSession): OpenSession | null {
  const { random, features, session, model } = open.draw;
  if (features.has('prepared') && random.chance(0.3)) {
    open.prepared = `'$DATABASE ${model.number()}'`;
    script.sql(session, 'plain', `prepare transaction ${open.prepared}`);
    return open;
  }
  const commits = random.chance(0.85);
  script.sql(session, 'plain', commits ? 'commit' : 'rollback');
  if (!commits) model.rollback(session);
  model.end(session);
  return null;
}

function endPrepared(script: Script, { draw, prepared }: OpenSession): null {
  const { random, session, model } = draw;
  const commits = random.chance(0.8);
  script.sql(session, 'plain', `${commits ? 'commit' : 'rollback'} prepared ${prepared}`);
  if (!commits) model.rollback(session);
  model.end(session);
  return null;
}
