import { beginSomething, goOn } from './draw-session.ts';
import { drawChange } from './draw-transaction.ts';
import type { Draw } from './draw.ts';
import type { OpenSession, Script } from './script.ts';

/** `turns` turns of the application's sessions; after them all transactions are over. */
export function drawTraffic(script: Script, draw: Draw, turns: number): void {
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
