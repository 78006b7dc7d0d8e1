import { DEFAULT_POLICY } from '../../lake/retention/sweep-policy.ts';
import type { SweepPolicy } from '../../lake/retention/sweep-policy.ts';
import type { Random } from '../world/random.ts';

const HOUR_MS = 3_600_000;

/** What may happen next in a schedule. */
export type ScheduleEvent =
  | 'call'
  | 'time'
  | 'grace'
  | 'step'
  | 'kill'
  | 'freeze'
  | 'suspend'
  | 'take over'
  | 'fail over'
  | 'lose slot'
  | 'by hand'
  | 'move';

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
  [12, 'grace'],
  [20, 'step'],
  [31, 'kill'],
  [23, 'freeze'],
  [14, 'suspend'],
  [15, 'take over'],
  [5, 'fail over'],
  [2, 'lose slot'],
  [5, 'by hand'],
  [3, 'move'],
] as const;

/**
 * Kinds of schedules. In each, some orders are likelier than in the others: a defect that needs
 * three steps of clocks in a row is never found where clocks seldom step.
 */
const MIXES: readonly (readonly [weight: number, mix: Mix])[] = [
  [4, { name: 'everything', faulty: 1, steps: 300, others: 0.6, events: [[860, 'call'], [70, 'time'], ...RARE] }],
  [
    2,
    {
      name: 'clocks',
      faulty: 0.2,
      steps: 300,
      others: 0.6,
      events: [
        [700, 'call'],
        [30, 'time'],
        [12, 'grace'],
        [90, 'step'],
        [26, 'freeze'],
        [10, 'suspend'],
        [15, 'take over'],
        [8, 'kill'],
      ],
    },
  ],
  [
    2,
    {
      name: 'zombies',
      faulty: 0.5,
      steps: 300,
      others: 0.6,
      events: [
        [800, 'call'],
        [75, 'time'],
        [12, 'grace'],
        [77, 'freeze'],
        [26, 'suspend'],
        [64, 'take over'],
        [10, 'fail over'],
        [3, 'lose slot'],
      ],
    },
  ],
  [
    2,
    {
      name: 'crashes',
      faulty: 2,
      steps: 300,
      others: 0.6,
      events: [
        [800, 'call'],
        [75, 'time'],
        [12, 'grace'],
        [135, 'kill'],
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
      steps: 580,
      others: 0.2,
      events: [
        [900, 'call'],
        [70, 'time'],
        [12, 'grace'],
        [14, 'suspend'],
        [14, 'freeze'],
        [8, 'take over'],
        [17, 'kill'],

        [2, 'fail over'],
        [2, 'lose slot'],
        [2, 'by hand'],
        [3, 'step'],
      ],
    },
  ],
  [
    1,
    {
      name: 'hands',
      faulty: 0.1,
      steps: 500,
      others: 0.2,
      events: [
        [900, 'call'],
        [40, 'time'],
        [12, 'grace'],
        [8, 'by hand'],
        [6, 'suspend'],
        [8, 'kill'],
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
    baseProof: random.weighted([
      [4, 'rebuild'],
      [2, 'verify'],
      [1, 'none'],
    ]),
    readerTtlMs: random.pick([3, 8]) * 24 * HOUR_MS,
    retentionMs: () => retentionMs,
  };
}

/** The kind of a schedule, by chance. */
export function mixOf(random: Random): Mix {
  return random.weighted(MIXES);
}
