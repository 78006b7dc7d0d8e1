import { DEFAULT_POLICY } from '../../lake/retention/sweep-policy.ts';
import type { SweepPolicy } from '../../lake/retention/sweep-policy.ts';
import type { Random } from '../world/random.ts';

const HOUR_MS = 3_600_000;

/** What may happen next in a schedule. */
export type ScheduleEvent = 'call' | 'time' | 'step' | 'kill' | 'freeze' | 'suspend' | 'take over' | 'fail over' | 'by hand' | 'move';

/** How likely each event is, and how large a part of the calls fails. */
export interface Mix {
  readonly name: string;
  readonly events: readonly (readonly [weight: number, event: ScheduleEvent])[];
  readonly faulty: number;
  /** How many events come before all faults end. */
  readonly steps: number;
  /** How likely it is that a role that is not needed takes part. */
  readonly others: number;
}

const RARE = [
  [15, 'step'],
  [24, 'kill'],
  [15, 'freeze'],
  [9, 'suspend'],
  [12, 'take over'],
  [4, 'fail over'],
  [4, 'by hand'],
  [2, 'move'],
] as const;

/**
 * Kinds of schedules. In each, some orders are likelier than in the others: a defect that needs
 * three steps of clocks in a row is never found where clocks seldom step.
 */
const MIXES: readonly (readonly [weight: number, mix: Mix])[] = [
  [4, { name: 'everything', faulty: 1, steps: 360, others: 0.6, events: [[860, 'call'], [80, 'time'], ...RARE] }],
  [
    2,
    {
      name: 'clocks',
      faulty: 0.2,
      steps: 360,
      others: 0.6,
      events: [
        [700, 'call'],
        [40, 'time'],
        [70, 'step'],
        [20, 'freeze'],
        [8, 'suspend'],
        [12, 'take over'],
        [6, 'kill'],
      ],
    },
  ],
  [
    2,
    {
      name: 'zombies',
      faulty: 0.5,
      steps: 360,
      others: 0.6,
      events: [
        [800, 'call'],
        [90, 'time'],
        [60, 'freeze'],
        [20, 'suspend'],
        [50, 'take over'],
        [8, 'fail over'],
      ],
    },
  ],
  [
    2,
    {
      name: 'crashes',
      faulty: 2,
      steps: 360,
      others: 0.6,
      events: [
        [800, 'call'],
        [90, 'time'],
        [105, 'kill'],
        [10, 'take over'],
        [2, 'move'],
      ],
    },
  ],
  [
    2,
    {
      name: 'days',
      faulty: 0.3,
      steps: 900,
      others: 0.2,
      events: [
        [900, 'call'],
        [60, 'time'],
        [10, 'suspend'],
        [10, 'freeze'],
        [6, 'take over'],
        [12, 'kill'],

        [2, 'fail over'],
        [2, 'by hand'],
        [3, 'step'],
      ],
    },
  ],
];

/** What is kept in a schedule, which lasts some days. */
export function policyOf(random: Random): SweepPolicy {
  const retentionMs = random.pick([1, 4, 30]) * HOUR_MS;
  return {
    ...DEFAULT_POLICY,
    graceMs: random.pick([2, 2, 2, 24]) * HOUR_MS,
    keepBases: random.pick([1, 1, 2]),
    readerTtlMs: random.pick([3, 8]) * 24 * HOUR_MS,
    retentionMs: () => retentionMs,
  };
}

/** The kind of a schedule, by chance. */
export function mixOf(random: Random): Mix {
  return random.weighted(MIXES);
}
