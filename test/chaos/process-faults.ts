import { ACTORS } from './crew.ts';
import { milliseconds, type Fault } from './fault.ts';

const ACTOR = `(?<actor>${ACTORS.join('|')})`;

/** Dies at any moment, and is started again. */
const kill: Fault = {
  name: 'kill',
  needs: null,
  pattern: new RegExp(`^kill ${ACTOR}$`),
  draw: (random) => [`kill ${random.pick(ACTORS)}`],
  async strike({ crew }, { actor }) {
    await crew.signal(actorOf(actor), 'SIGKILL');
  },
};

/** Stands still longer than its heartbeats, and goes on as if nothing were. */
const freeze: Fault = {
  name: 'freeze',
  needs: null,
  pattern: new RegExp(`^freeze ${ACTOR} (?<time>\\S+)$`),
  draw: (random) => [`freeze ${random.pick(ACTORS)} ${random.between(2, 5)}s`],
  async strike({ crew, spells }, { actor, time }) {
    spells.begin(milliseconds(time), await crew.signal(actorOf(actor), 'SIGSTOP'));
  },
};

export const PROCESS_FAULTS: readonly Fault[] = [kill, freeze];

function actorOf(text: string | undefined): (typeof ACTORS)[number] {
  const actor = ACTORS.find((known) => known === text);
  if (actor === undefined) throw new Error(`no process of the product: ${text}`);
  return actor;
}
