import type { Random } from '../world/random.ts';

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
  [15, 'kill'],
  [10, 'freeze'],
  [6, 'suspend'],
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
  [4, { name: 'everything', faulty: 1, steps: 400, others: 0.6, events: [[900, 'call'], [40, 'time'], ...RARE] }],
  [
    2,
    {
      name: 'clocks',
      faulty: 0.2,
      steps: 400,
      others: 0.6,
      events: [
        [700, 'call'],
        [6, 'time'],
        [70, 'step'],
        [20, 'freeze'],
        [5, 'suspend'],
        [12, 'take over'],
        [3, 'kill'],
      ],
    },
  ],
  [
    2,
    {
      name: 'zombies',
      faulty: 0.5,
      steps: 400,
      others: 0.6,
      events: [
        [800, 'call'],
        [60, 'time'],
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
      steps: 400,
      others: 0.6,
      events: [
        [800, 'call'],
        [40, 'time'],
        [70, 'kill'],
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
      steps: 2_000,
      others: 0.2,
      events: [
        [900, 'call'],
        [30, 'time'],
        [6, 'suspend'],
        [6, 'freeze'],
        [4, 'take over'],
        [6, 'kill'],
        [2, 'fail over'],
        [2, 'by hand'],
        [3, 'step'],
      ],
    },
  ],
];

/** The kind of a schedule, by chance. */
export function mixOf(random: Random): Mix {
  return random.weighted(MIXES);
}
