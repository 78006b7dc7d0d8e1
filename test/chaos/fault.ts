import { parseDuration } from '../../core/sections/units.ts';
import type { Random } from '../world/random.ts';
import type { Stage } from './stage.ts';

/** What a fault needs of the machine, beside Postgres. */
export type Need = 'clock' | 'space' | 's3';

/** Named groups of a fault's pattern. */
type Words = Readonly<Record<string, string>>;

/** A kind of fault: a deed in the text of a world. */
export interface Fault {
  /** As `--faults` and the count of a run have it. */
  readonly name: string;
  readonly needs: Need | null;
  /** The whole deed. */
  readonly pattern: RegExp;
  /** Deeds in order, a while from one to the next. */
  draw(random: Random): readonly string[];
  /** Returns once it has begun; what lasts is a spell of the stage. */
  strike(stage: Stage, words: Words): Promise<void>;
}

/** Milliseconds of a time such as `500ms` or `-1h`. Throws when it is none. */
export function milliseconds(text = ''): number {
  const sign = text.startsWith('-') ? -1 : 1;
  const length = parseDuration(text.replace(/^[+-]/, ''));
  if (length === null) throw new Error(`not a time: ${text}`);
  return sign * length;
}
