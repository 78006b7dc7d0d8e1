import { z } from 'zod';
import { TailraceError } from '../../core/errors.ts';
import { isoTime, moment, mostPassedMs, systemTime, wall } from '../../core/time.ts';
import type { Moment, Time } from '../../core/time.ts';
import { putJson, readJson } from '../json-object.ts';
import { keptObject } from '../kept-object.ts';
import { formatKey } from '../keys.ts';
import type { ObjectStore } from '../store/object-store.ts';

/**
 * What a lake may have that a program without it would do wrongly, with the first version that
 * knows it. Reading never asks for a feature, so that a lake may have both forms. A process that
 * writes the new form, or deletes what the old form needs, asks first.
 */
const SINCE = {
  /** complete rows of a table at the end of a manifest; what they cover may be deleted */
  bases: '0.1.0',
  /** facts about the source as one object for each table, and an index */
  'facts-per-table': '0.1.0',
  /** a thousand manifests in one object; the single ones may be deleted */
  pages: '0.1.0',
} as const;

export type Feature = keyof typeof SINCE;

/** All features of this program, sorted. */
export const FEATURES: readonly Feature[] = Object.keys(SINCE).toSorted() as Feature[];

/** Which features are on in a lake. */
export interface Format {
  /** Number of the newest format object; 0: there is none. */
  readonly number: number;
  readonly features: ReadonlySet<Feature>;
}

/** The format of a lake that was made before there were features. */
export const NO_FEATURES: Format = { number: 0, features: new Set() };

/** One step of the format of a lake: all features that are on from here on. */
const formatStep = keptObject({
  number: z.int().positive(),
  /** `since`: the first version that knows it, for programs that do not */
  features: z.array(keptObject({ name: z.string(), since: z.string() })),
  at: z.string(),
});

/**
 * The format as its newest object says. `known`: an earlier look, so that only later objects are
 * read. LAKE_TOO_NEW when a feature is on that this program does not know.
 */
export async function readFormat(store: ObjectStore, known: Format = NO_FEATURES): Promise<Format> {
  for (let format = known; ;) {
    const number = format.number + 1;
    const next = await readJson(store, formatStep, formatKey(number));
    if (next === null) return format;
    format = { number, features: knownFeatures(next.features) };
  }
}

/**
 * Stores the next format of a lake, unless another process has stored one: then it is read again.
 */
export async function putFormat(store: ObjectStore, number: number, features: Iterable<Feature>): Promise<void> {
  const list = [...features].toSorted().map((name) => ({ name, since: SINCE[name] }));
  await putJson(store, formatKey(number), { number, features: list, at: isoTime(wall()) } satisfies z.infer<typeof formatStep>);
}

function isFeature(name: string): name is Feature {
  return Object.hasOwn(SINCE, name);
}

/** How long a look at the format counts. */
const COUNTS_MS = 60_000;

/** Whether a look counts still. */
export function isRecentLook(looked: Moment | null, time: Time): boolean {
  return looked !== null && mostPassedMs(looked, moment(time)) < COUNTS_MS;
}

/** The format of one lake, for a process that looks at it repeatedly. */
export class KnownFormat {
  readonly #store: ObjectStore;
  readonly #time: Time;
  #format = NO_FEATURES;
  #looked: Moment | null = null;

  constructor(store: ObjectStore, time: Time = systemTime) {
    this.#store = store;
    this.#time = time;
  }

  /** The format as it is now. LAKE_TOO_NEW as `readFormat`. */
  async look(): Promise<Format> {
    const began = moment(this.#time);
    this.#format = await readFormat(this.#store, this.#format);
    this.#looked = began;
    return this.#format;
  }

  /** The format as it was less than a minute ago. */
  async recent(): Promise<Format> {
    return isRecentLook(this.#looked, this.#time) ? this.#format : this.look();
  }
}

function knownFeatures(named: readonly { readonly name: string; readonly since: string }[]): ReadonlySet<Feature> {
  const unknown = named.filter(({ name }) => !isFeature(name));
  const [newest] = unknown.toSorted((one, other) => other.since.localeCompare(one.since, 'en', { numeric: true }));
  if (newest === undefined) return new Set(named.map(({ name }) => name).filter(isFeature));
  const names = unknown.map(({ name }) => `"${name}"`).join(', ');
  throw new TailraceError('LAKE_TOO_NEW', `the lake has ${names}, which this version does not know`, {
    hint: `Use tailrace ${newest.since} or newer with this lake.`,
  });
}
