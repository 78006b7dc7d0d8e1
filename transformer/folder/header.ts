import { cronFault } from '../../core/cron-time.ts';
import { parseDuration } from '../../core/sections/units.ts';
import { badModel } from '../../core/sql-header.ts';
import type { SqlFile } from '../../core/sql-header.ts';
import type { Timing } from './model.ts';

type HeaderLine = SqlFile['headers'][number];

/** How often a model or test is looked at when its file does not say. */
const EVERY_MS = 60_000;

/** The header lines of a file, by key; each judged when it is asked for. */
export class Header {
  readonly #path: string;
  readonly #lines: readonly HeaderLine[];

  /**
   * `keys`: those that a file of its kind may have; `repeated`: those that may stand twice.
   * BAD_MODEL for any other.
   */
  constructor(path: string, lines: readonly HeaderLine[], keys: readonly string[], repeated: readonly string[] = []) {
    this.#path = path;
    this.#lines = lines;
    for (const [at, { key, line }] of lines.entries()) {
      if (!keys.includes(key)) throw badModel(path, line, `unknown header @${key}`, `Use ${keys.map((known) => `@${known}`).join(', ')}.`);
      if (!repeated.includes(key) && lines.findIndex((other) => other.key === key) < at)
        throw badModel(path, line, `@${key} stands twice`, 'Keep one of the two.');
    }
  }

  all(key: string): HeaderLine[] {
    return this.#lines.filter((line) => line.key === key);
  }

  one(key: string): HeaderLine | null {
    return this.all(key)[0] ?? null;
  }

  /** BAD_MODEL at this line. */
  bad({ line }: Pick<HeaderLine, 'line'>, what: string, hint: string): Error {
    return badModel(this.#path, line, what, hint);
  }

  /** One of a few words; the first of them when the key is not there. */
  word<const T extends string>(key: string, words: readonly [T, ...T[]]): T {
    const line = this.one(key);
    if (line === null) return words[0];
    const word = words.find((known) => known === line.value);
    if (word === undefined) throw this.bad(line, `unknown ${key} "${line.value}"`, `Use ${words.join(', ')}.`);
    return word;
  }

  /** `@every`, or `@cron` with `@timezone`. */
  timing(): Timing {
    const [every, cron, timezone] = [this.one('every'), this.one('cron'), this.one('timezone')];
    if (timezone && !cron) throw this.bad(timezone, '@timezone stands without @cron', 'Add @cron, or remove @timezone.');
    if (!cron) return { every: every ? this.#duration(every) : EVERY_MS, cron: null };
    if (every) throw this.bad(every, '@every and @cron exclude each other', 'Keep one of the two.');
    const time = { pattern: cron.value.replace(/^(["'])(.*)\1$/, '$2'), timezone: timezone?.value ?? 'UTC' };
    const fault = cronFault(time);
    if (fault !== null) {
      const isZone = fault.startsWith('unknown timezone');
      throw this.bad(
        isZone && timezone ? timezone : cron,
        fault,
        isZone ? 'Write it as UTC or Europe/Berlin.' : 'Write minute, hour, day of month, month and day of week, as in "0 6 * * *".',
      );
    }
    return { every: null, cron: time };
  }

  #duration(line: HeaderLine): number {
    const ms = parseDuration(line.value);
    if (ms === null) throw this.bad(line, `"${line.value}" is not a time`, 'Write a time such as 10s, 5m or 1h.');
    return ms;
  }
}
