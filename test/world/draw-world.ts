import { drawSetup, rulesOf } from './draw-setup.ts';
import { drawTraffic } from './draw-traffic.ts';
import { type Draw, FEATURES, type Feature } from './draw.ts';
import { Model } from './model.ts';
import { Random } from './random.ts';
import { Script } from './script.ts';
import { ROLES, type World } from './world.ts';

/** What may be chosen beside the seed. */
export interface WorldOptions {
  readonly seed: number;
  /** Server's major. */
  readonly version: number;
}

const COMPARISONS = 3;
const SETUP = { tables: { least: 3, most: 7 }, changes: 12 };

/** The world of a seed: the same every time. */
export function drawWorld({ seed, version }: WorldOptions): World {
  const random = new Random(seed);
  const features = new Set<Feature>(FEATURES.filter(() => random.chance(0.6)));
  const draw: Draw = { random, model: new Model(), version, features };
  const script = new Script();
  drawSetup(script, draw, SETUP);
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

/** Settings of the product that make much or little of what is drawn. */
export function drawSettings(random: Random): Record<string, string> {
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
