import type { Failpoint } from '../../core/failpoint.ts';
import type { Random } from '../world/random.ts';

/** Statements of one transaction over the tables of mart-models.ts. */
export function drawTransaction(random: Random): string[] {
  return Array.from({ length: random.between(1, 6) }, () => drawStatement(random));
}

const ORDERS = 430;

function drawStatement(random: Random): string {
  const order = (): number => random.between(1, ORDERS);
  const customer = (): string => (random.chance(0.15) ? 'null' : String(random.between(1, 85)));
  const state = (): string => (random.chance(0.15) ? 'null' : `'s${random.between(0, 45)}'`);
  const placed = (): string => `timestamptz '2026-01-01 00:00:00Z' + ${random.between(0, 8_000)} * interval '1 second'`;
  const amount = (): number => random.between(0, 1_000);
  return random.weighted<() => string>([
    [
      4,
      () =>
        `insert into orders values (${order()}, ${customer()}, ${state()}, ${amount()}, ${placed()}) on conflict (id) do update set amount = excluded.amount`,
    ],
    [3, () => `update orders set state = ${state()} where id = ${order()}`],
    [3, () => `update orders set customer_id = ${customer()} where id = ${order()}`],
    [2, () => `update orders set placed_at = ${placed()}, amount = ${amount()} where id = ${order()}`],
    [2, () => `delete from orders where id = ${order()}`],
    [
      1,
      () =>
        `update orders set id = ${ORDERS} + ${random.between(1, 60)} where id = (select max(id) from orders where id <= ${order()}) and not exists (select from orders where id > ${ORDERS})`,
    ],
    [1, () => `update orders set customer_id = ${customer()} where customer_id is null and id % 3 = ${random.between(0, 2)}`],
    [3, () => `update items set order_id = ${random.chance(0.1) ? 'null' : order()} where id = ${random.between(1, 800)}`],
    [
      2,
      () => `insert into items select coalesce(max(id), 0) + 1, ${order()}, ${random.between(1, 5)}, ${random.between(1, 99)} from items`,
    ],
    [2, () => `delete from items where id = ${random.between(1, 800)}`],
    [3, () => `update payments set order_id = ${random.chance(0.1) ? 'null' : order()} where id = ${random.between(1, 300)}`],
    [2, () => `update payments set amount = ${amount()} where id = ${random.between(1, 300)}`],
    [
      1,
      () =>
        `update payments set id = id + 1000 where id = (select min(id) from payments where id < 1000) and not exists (select from payments where id > 1000)`,
    ],
    [
      2,
      () =>
        `update customers set country = ${random.chance(0.2) ? 'null' : `'c${random.between(0, 9)}'`} where id = ${random.between(1, 80)}`,
    ],
    [1, () => `delete from customers where id = ${random.between(1, 80)}`],
    [1, () => `insert into customers values (${random.between(1, 90)}, 'n') on conflict (id) do update set country = 'm'`],
  ])();
}

/** Steps of a run of the transformer, some at a later time. */
const BUILDER_STEPS = ['model-built', 'model-built:3', 'run-tested', 'model-shown'] as const;

/** Steps of the compactor. What makes it reach each, the world knows. */
const COMPACTOR_STEPS = [
  'window-staged',
  'window-merged',
  'window-marked',
  'chunks-loaded',
  'view-changed',
  'freeze-cloned',
  'freeze-saved',
  'freeze-shown',
  'freeze-dropping',
] as const satisfies readonly Failpoint[];

export type BuilderStep = (typeof BUILDER_STEPS)[number];
export type CompactorStep = (typeof COMPACTOR_STEPS)[number];

/** What disturbs a round beside its rows. */
export type Disturbance =
  | { readonly kind: 'nothing' | 'truncate' | 'resync' | 'ddl' | 'kill compactor' | 'text' }
  | { readonly kind: 'kill at'; readonly step: BuilderStep | CompactorStep };

export function isCompactorStep(step: BuilderStep | CompactorStep): step is CompactorStep {
  return COMPACTOR_STEPS.some((one) => one === step);
}

export function drawDisturbance(random: Random): Disturbance {
  return random.weighted<Disturbance>([
    [8, { kind: 'nothing' }],
    [1, { kind: 'truncate' }],
    [1, { kind: 'resync' }],
    [1, { kind: 'ddl' }],
    [1, { kind: 'kill compactor' }],
    [3, { kind: 'kill at', step: random.pick(BUILDER_STEPS) }],
    [4, { kind: 'kill at', step: random.pick(COMPACTOR_STEPS) }],
    [1, { kind: 'text' }],
  ]);
}

export function disturbanceText(disturbance: Disturbance): string {
  return disturbance.kind === 'kill at' ? `kill at ${disturbance.step}` : disturbance.kind;
}
