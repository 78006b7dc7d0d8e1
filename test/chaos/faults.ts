import { requireDeed } from '../world/world.ts';
import { CLOCK_FAULTS } from './clock-faults.ts';
import type { Fault } from './fault.ts';
import { LAKE_FAULTS } from './lake-faults.ts';
import { PROCESS_FAULTS } from './process-faults.ts';
import { SOURCE_FAULTS } from './source-faults.ts';
import { SPACE_FAULTS } from './space-faults.ts';
import { STORE_FAULTS } from './store-faults.ts';

/** Every kind of fault. */
export const FAULTS: readonly Fault[] = [
  ...PROCESS_FAULTS,
  ...SOURCE_FAULTS,
  ...CLOCK_FAULTS,
  ...STORE_FAULTS,
  ...SPACE_FAULTS,
  ...LAKE_FAULTS,
];

/** The fault that a deed is; null: another deed. */
export function faultOf(deed: string): Fault | null {
  return FAULTS.find(({ pattern }) => pattern.test(deed)) ?? null;
}

/** Deeds of an ordeal beside faults and those of any world. */
const OTHER_DEEDS = [
  /** Waits for the end of what lasts. */
  /^calm$/,
  /** Lets the product work for a time. */
  /^wait \S+$/,
  /** Has a role's next process die at a failpoint, at its nth time. */
  /^arm \S+ [a-z-]+(:\d+)?$/,
  /** Lets no role die at a failpoint any more. */
  /^disarm$/,
  /** Waits for the deaths of those that may die at one, for a while. */
  /^died$/,
  /** Exports the table of the marts, at first with a failpoint if it names one. */
  /^export( [a-z-]+)?$/,
  /** Another replicator stores heartbeats until the lake has this many manifests. */
  /^lengthen \d+$/,
  /** Waits until a page has taken the place of the first manifests. */
  /^paged$/,
  /** Sweeps twice, as the lake goes on, and holds it to having nothing that nothing names. */
  /^clean$/,
  /** Holds the product to everything, with all faults over. */
  /^judge$/,
];

/** Throws for what is no deed of an ordeal. */
export function requireOrdealDeed(deed: string): void {
  if (faultOf(deed) === null && !OTHER_DEEDS.some((pattern) => pattern.test(deed))) requireDeed(deed);
}

/**
 * Faults of these names; a first word means all faults that begin with it. Throws for an unknown
 * one.
 */
export function faultsNamed(names: readonly string[]): Fault[] {
  return names.flatMap((name) => {
    const found = FAULTS.filter((fault) => fault.name === name || fault.name.startsWith(`${name} `));
    if (found.length === 0) throw new Error(`no fault is called ${name}; there are ${FAULTS.map((fault) => fault.name).join(', ')}`);
    return found;
  });
}
