import type { Random } from '../world/random.ts';

/** What may happen next in a schedule. */
export type ScheduleEvent = 'call' | 'time' | 'step' | 'kill' | 'freeze' | 'suspend' | 'take over' | 'fail over' | 'move';

/** How likely each event is, and how large a part of the calls fails. */
export interface Mix {
  readonly name: string;
  readonly events: readonly (readonly [weight: number, event: ScheduleEvent])[];
  readonly faulty: number;
}

const RARE = [
  [15, 'step'],
  [15, 'kill'],
  [10, 'freeze'],
  [6, 'suspend'],
  [12, 'take over'],
  [4, 'fail over'],
  [3, 'move'],
] as const;

/**
 * Kinds of schedules. In each, some orders are likelier than in the others: a defect that needs
 * three steps of clocks in a row is never found where clocks seldom step.
 */
const MIXES: readonly (readonly [weight: number, mix: Mix])[] = [
  [4, { name: 'everything', faulty: 1, events: [[900, 'call'], [40, 'time'], ...RARE] }],
  [
    2,
    {
      name: 'clocks',
      faulty: 0.2,
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
      name: 'calm',
      faulty: 0.1,
      events: [
        [900, 'call'],
        [50, 'time'],
        [5, 'take over'],
        [5, 'kill'],
        [4, 'fail over'],
      ],
    },
  ],
];

/** The kind of a schedule, by chance. */
export function mixOf(random: Random): Mix {
  return random.weighted(MIXES);
}
