import { parseDuration } from '../core/sections/units.ts';
import { TailraceError } from '../core/errors.ts';
import type { Part } from '../verifier/part.ts';
import { flagValue } from './command.ts';
import type { Arguments } from './command.ts';

/** What `verify` compares, from its flags. */
export interface VerifyScope {
  /** Globs as given; null: all tables. */
  readonly tables: readonly string[] | null;
  readonly part: Part;
  readonly maxRate: number | null;
  readonly maxAgeMs: number;
}

export const DEFAULT_MAX_AGE = '1h';
const LONGEST_MS = 24 * 3_600_000;

/**
 * Reads the flags; `start` (0 to 1) is where a sample begins. Throws BAD_ARGUMENT with the flag,
 * its value and the allowed values. Pure.
 */
export function verifyScope({ flags, words }: Pick<Arguments, 'flags' | 'words'>, start: number): VerifyScope {
  const named = [...(flags.get('table') ?? []), ...words];
  const [from, to] = [flagValue({ flags }, 'from') ?? null, flagValue({ flags }, 'to') ?? null];
  if ((from !== null || to !== null) && new Set(named).size !== 1)
    throw refused(`--from and --to need exactly one table, but ${named.length === 0 ? 'none was' : `${named.length} were`} given`);
  return {
    tables: named.length === 0 ? null : named,
    part: { sample: sample(flagValue({ flags }, 'sample'), start), keys: from === null && to === null ? null : { from, to } },
    maxRate: rate(flagValue({ flags }, 'max-rate')),
    maxAgeMs: age(flagValue({ flags }, 'max-age') ?? DEFAULT_MAX_AGE),
  };
}

function sample(text: string | undefined, start: number): Part['sample'] {
  if (text === undefined) return null;
  const percent = /^(\d+(?:\.\d+)?|\.\d+) ?%$/.exec(text)?.[1];
  if (percent !== undefined && Number(percent) > 0 && Number(percent) <= 100) return { rows: null, share: Number(percent) / 100, start };
  if (percent === undefined && /^[1-9]\d{0,14}$/.test(text)) return { rows: Number(text), share: 1, start };
  throw refused(`--sample is "${text}"; allowed: a part such as 1% or 0.01%, up to 100%, or a number of rows`);
}

function rate(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw refused(`--max-rate is "${text}"; allowed: a whole number of rows per second, at least 1`);
}

function age(text: string): number {
  const ms = parseDuration(text);
  if (ms !== null && ms <= LONGEST_MS) return ms;
  throw refused(`--max-age is "${text}"; allowed: a time up to 24h, such as 10m or 2h`);
}

function refused(what: string): TailraceError {
  return new TailraceError('BAD_ARGUMENT', what, { hint: 'See `tailrace verify --help`.' });
}
