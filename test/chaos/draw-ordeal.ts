import { drawSettings } from '../world/draw-world.ts';
import { drawSetup, rulesOf } from '../world/draw-setup.ts';
import { drawTraffic } from '../world/draw-traffic.ts';
import { type Draw, FEATURES, type Feature } from '../world/draw.ts';
import { Model } from '../world/model.ts';
import { Random } from '../world/random.ts';
import { Script } from '../world/script.ts';
import type { Step, World } from '../world/world.ts';
import { ARMED_ANY_TIME, ARMED_AT_START, ARMED_IN_LONG_LAKES, ARMED_WITH_MODELS, EXPORT_FAILPOINTS } from './armed-role.ts';
import type { Fault } from './fault.ts';
import { NEARLY_A_PAGE } from './long-lake.ts';
import { MARTS_SETUP, martsChange, WITH_MARTS } from './marts.ts';
import { sureDeath } from './sure-death.ts';

/** What may be chosen beside the seed. */
export interface OrdealOptions {
  readonly seed: number;
  /** Server's major. */
  readonly version: number;
  readonly faults: readonly Fault[];
}

const SETUP = { tables: { least: 2, most: 3 }, changes: 4 };
/** A world's own deeds for the product stay out: faults replace them. */
const WITHOUT: readonly Feature[] = ['kills', 'outages'];
/** Sweeping begins within an ordeal. */
const SMALL_LAKE = { TAILRACE_LAKE_RETENTION: '1s', TAILRACE_LAKE_SWEEP_GRACE: '10s', TAILRACE_LAKE_KEEP_BASES: '1' };
/** Shared by the seeds of a world and of its faults, which are drawn apart. */
const FAULTS_OF = 0x5eed;

/** The ordeal of a seed: the same every time. Other faults leave its traffic as it is. */
export function drawOrdeal({ seed, version, faults }: OrdealOptions): World {
  const random = new Random(seed);
  const features = new Set<Feature>(FEATURES.filter((feature) => random.chance(0.4) && !WITHOUT.includes(feature)));
  const draw: Draw = { random, model: new Model(), version, features };
  const chance = new Random(seed ^ FAULTS_OF);
  const death = sureDeath(seed);
  const marts = chance.chance(0.25) || death.marts;
  const pool = lakeOn(chance.chance(0.3) ? 's3' : 'disk', faults);
  const settings = {
    ...drawSettings(random),
    TAILRACE_SOURCE_HEARTBEAT: '200ms',
    ...SMALL_LAKE,
    TAILRACE_LAKE_BASE_INTERVAL: chance.pick(['2s', '10s', '1d']),
    ...(marts ? WITH_MARTS : {}),
    ...rulesOf(draw),
  };
  const before = [...steps((script) => drawSetup(script, draw, SETUP)), ...(marts ? MARTS_SETUP : [])];
  const during = [1, 2].map(() => steps((script) => drawTraffic(script, draw, random.between(4, 9))));
  const [first = [], second = []] = during.map((part) =>
    strew(part, [...drawFaults(chance, pool), ...(marts ? drawMarts(chance) : [])], chance),
  );
  const last = chance.chance(0.3) ? [deed('clean')] : [];
  const middle = chance.chance(0.5) ? [deed('compare')] : [];
  const arms = drawArms(chance);
  const long = chance.chance(0.06) ? LONG_LAKE : NOT_LONG;
  const begun = [...before, ...death.setup, ...death.arms, ...long.arms, ...arms, deed('start'), ...long.begun];
  const over = [...long.over, ...death.over, deed('judge'), ...last];
  return { settings, steps: [...begun, ...first, ...middle, ...second, ...over] };
}

/** Faults that a lake can have there; all of them, when it is no place for any. */
function lakeOn(place: 's3' | 'disk', faults: readonly Fault[]): readonly Fault[] {
  const possible = faults.filter(({ needs }) => needs !== (place === 's3' ? 'space' : 's3'));
  return possible.length > 0 ? possible : faults;
}

/** Groups of deeds: those of a group come in order, a while after each other. */
function drawFaults(chance: Random, faults: readonly Fault[]): Step[][] {
  return Array.from({ length: chance.between(1, 3) }, () => {
    const struck = chance.pick(faults).draw(chance).map(deed);
    const after = chance.weighted([
      [4, []],
      [3, ['calm']],
      [3, [`wait ${chance.between(2, 20) * 100}ms`]],
    ]);
    const armed = chance.chance(0.4) ? drawDeath(chance, ARMED_ANY_TIME) : [];
    return [...armed, ...struck, ...after.map(deed)];
  });
}

/** Changes of the table of the marts, deaths on the way to a mart, and an export. */
function drawMarts(chance: Random): Step[][] {
  const exports = chance.chance(0.3) ? [[deed(`export ${chance.pick(EXPORT_FAILPOINTS)}`)]] : [];
  return [
    martsChange(chance.between(1, 1000)),
    [...drawDeath(chance, ARMED_WITH_MODELS), ...martsChange(chance.between(1, 1000))],
    ...exports,
  ];
}

/**
 * A lake with nearly a page of manifests from the start on, and deaths of the compactor around the
 * page. Faults may prevent them.
 */
const LONG_LAKE = {
  arms: Object.entries(ARMED_IN_LONG_LAKES).map(([name, role]) => deed(`arm ${role} ${name}`)),
  begun: [deed(`lengthen ${NEARLY_A_PAGE}`)],
  over: [deed('paged')],
};
const NOT_LONG = { arms: [], begun: [], over: [] };

/** Before the start most steps of a beginning lie ahead. */
function drawArms(chance: Random): Step[] {
  const arms = Array.from({ length: chance.between(0, 2) }, () => drawArm(chance, ARMED_ANY_TIME));
  return [...(chance.chance(0.5) ? [drawArm(chance, ARMED_AT_START)] : []), ...arms];
}

/** A failpoint, and the death of the role that will come by it. */
function drawDeath(chance: Random, from: typeof ARMED_ANY_TIME): Step[] {
  const arm = drawArm(chance, from);
  const [, role] = arm.kind === 'deed' ? arm.deed.split(' ') : [];
  return [arm, deed(`kill ${role}`)];
}

function drawArm(chance: Random, from: typeof ARMED_ANY_TIME): Step {
  const [name, role] = chance.pick(Object.entries(from));
  return deed(`arm ${role} ${name}${from === ARMED_ANY_TIME && chance.chance(0.2) ? ':2' : ''}`);
}

/** The steps with each group's deeds at random places among them. */
function strew(all: readonly Step[], groups: readonly Step[][], chance: Random): Step[] {
  const mixed = [...all];
  for (const group of groups) {
    let at = 0;
    for (const step of group) {
      at = chance.between(at, mixed.length);
      mixed.splice(at, 0, step);
      at += 1;
    }
  }
  return mixed;
}

function steps(drawInto: (script: Script) => void): Step[] {
  const script = new Script();
  drawInto(script);
  return script.steps;
}

function deed(text: string): Step {
  return { kind: 'deed', deed: text };
}
