import type { Step } from '../world/world.ts';
import { ARMED_ANY_TIME, ARMED_AT_START, ARMED_IN_LONG_LAKES, ARMED_WITH_MODELS, EXPORT_FAILPOINTS, FAILPOINTS } from './armed-role.ts';
import { NEARLY_A_PAGE } from './long-lake.ts';
import { martsChange } from './marts.ts';

/** A death at one failpoint that faults hardly prevent, as additions to an ordeal. */
export interface SureDeath {
  /** The models have part in it. */
  readonly marts: boolean;
  /** Among the first steps. */
  readonly setup: readonly Step[];
  /** Before the product is started. */
  readonly arms: readonly Step[];
  /** After all faults. */
  readonly over: readonly Step[];
}

/** Of as many seeds in a row each failpoint has its turn once. */
const TURN = 50;
const NONE: SureDeath = { marts: false, setup: [], arms: [], over: [] };

const SETUP = [
  sql('create table public.turned (id int primary key, x text)'),
  sql('alter table public.turned alter x set storage external'),
  sql("insert into public.turned select g, repeat('x', 9000) from generate_series(1, 3) g"),
];
/** A new table is copied, and a row of a live one gets another key, without its long value. */
const TRIGGER = [
  sql('create table public.later (id int primary key)'),
  sql('insert into public.later values (1)'),
  sql('update public.turned set id = id + 10 where id = 1'),
];

/** The death of the failpoint whose turn it is; most seeds have one. */
export function sureDeath(seed: number): SureDeath {
  const name = FAILPOINTS[seed % TURN];
  if (name === undefined) return NONE;
  if (name in ARMED_AT_START) return { ...NONE, arms: [arm(name)] };
  if (EXPORT_FAILPOINTS.some((one) => one === name)) return { ...NONE, marts: true, over: [deed(`export ${name}`)] };
  if (name in ARMED_IN_LONG_LAKES) return { ...NONE, over: [...armed(name), deed(`lengthen ${NEARLY_A_PAGE}`), deed('paged')] };
  if (name in ARMED_WITH_MODELS) return { ...NONE, marts: true, over: [...armed(name), ...martsChange(seed), deed('died')] };
  const base = /^(?:base|floor|object)-/.test(name) ? [deed('base')] : [];
  return { ...NONE, setup: SETUP, over: [...armed(name), ...TRIGGER, ...base, deed('died')] };
}

/** Once all is live, so that changes do not come with a copy. */
function armed(name: string): Step[] {
  return [deed('disarm'), deed('compare'), arm(name), deed(`kill ${roleAt(name)}`)];
}

function arm(name: string): Step {
  return deed(`arm ${roleAt(name)} ${name}`);
}

function roleAt(name: string): string {
  const all = { ...ARMED_AT_START, ...ARMED_ANY_TIME, ...ARMED_WITH_MODELS, ...ARMED_IN_LONG_LAKES };
  return Object.entries(all).find(([failpoint]) => failpoint === name)?.[1] ?? '';
}

/** In a session of its own, so that no open transaction has part in it. */
function sql(text: string): Step {
  return { kind: 'sql', session: 8, mode: 'plain', sql: text };
}

function deed(text: string): Step {
  return { kind: 'deed', deed: text };
}
