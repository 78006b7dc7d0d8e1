import { TailraceError } from '../../core/errors.ts';
import { silentLogger } from '../../core/log.ts';
import type { Time } from '../../core/time.ts';
import type { SweepPolicy } from '../../lake/retention/sweep-policy.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import type { Random } from '../world/random.ts';
import type { Calls } from './calls.ts';
import type { LakeJudge } from './lake-judge.ts';
import type { ModelWarehouse } from './model-warehouse.ts';
import type { JudgedObjects } from './restore-points.ts';
import type { SimulatedSource } from './simulated-source.ts';

/** What outlives all processes. */
export interface World {
  readonly source: SimulatedSource;
  readonly judge: LakeJudge;
  /** What sweepers keep, and which bases count. */
  readonly policy: SweepPolicy;
  /** Leases of the shared warehouse that somebody has taken. */
  readonly leases: Set<number>;
  /** What is in the lake, as the judge sees it. */
  readonly objects: () => JudgedObjects;
  /** What a warehouse has on its disk. */
  readonly warehouse: (id: string) => ModelWarehouse;
  /** The batch to which readers have to come after the last fault. */
  readonly goal: () => number;
  /** Whether faults happen. */
  readonly isFaulty: () => boolean;
  /** Whether a process lives, and neither it nor its machine sleeps. */
  readonly isAwake: (name: string) => boolean;
}

/** A process of tailrace, as far as it works with the lake. */
export interface SimulatedProcess {
  readonly name: string;
  readonly store: ObjectStore;
  readonly time: Time;
  readonly random: Random;
  readonly calls: Calls;
  readonly world: World;
  /** Tells the judge what must never happen, and did. */
  readonly wrong: (what: string) => void;
  /** Says that its role has done what it is for. */
  readonly progress: () => void;
}

/** One life of a role. It ends by an error, or when the process is killed. */
export type Role = (process: SimulatedProcess) => Promise<void>;

/** Making one takes as long as a hundred calls. */
export const LOG = silentLogger();

/** Repeats a call while the store is out of reach, as replicator/store-patience.ts does. */
export async function insist<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof TailraceError) || error.code !== 'LAKE_UNAVAILABLE') throw error;
    }
  }
}

/** Does nothing until chance has it. `most`: up to this number of others end first. */
export function rest({ calls, name, random }: SimulatedProcess, most = 0): Promise<void> {
  return calls.make(name, 'rest', () => undefined, { fragility: 0, after: most === 0 ? 0 : random.between(0, most) });
}

/** The same, some times in a row, where rest is all that it has to do. */
export async function restFor(process: SimulatedProcess, times: number): Promise<void> {
  for (let rests = times; rests > 0; rests -= 1) {
    process.progress();
    await rest(process);
  }
}
