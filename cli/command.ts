import type { Config, ConfigKey, ConfigText } from '../core/config.ts';
import type { Log } from '../core/log.ts';

/** A flag of one command, besides the settings that all commands share. */
export interface CommandFlag {
  /** Without the dashes. */
  readonly name: string;
  /** One letter that means the same. */
  readonly short?: string;
  /** Name of its value in the help; a switch has none. */
  readonly placeholder?: string;
  readonly help: string;
}

/**
 * What the command line said: flags of the command (a repeated one keeps all its values) and the
 * other words.
 */
export interface Arguments {
  readonly flags: ReadonlyMap<string, readonly string[]>;
  /** Settings given as flags, by flag name. */
  readonly settings: Readonly<Record<string, string>>;
  readonly words: readonly string[];
  readonly help: boolean;
}

export interface CommandContext {
  readonly config: Config;
  /** What was set, as it was written: to hand the same configuration to another process. */
  readonly text: ConfigText;
  readonly flags: Arguments['flags'];
  readonly words: readonly string[];
  readonly log: Log;
}

/** One command: what its help says and what it does. */
export interface Command {
  /** What follows `tailrace <name>`, for example `QUERY [--format F]`. */
  readonly usage: string;
  /** A few sentences for someone who sees the command for the first time. */
  readonly about: string;
  readonly examples: readonly string[];
  readonly flags: readonly CommandFlag[];
  /** How many words besides flags it takes. */
  readonly words: readonly [least: number, most: number];
  /** Settings its help lists; null when it takes none at all. */
  readonly settings: readonly ConfigKey[] | null;
  readonly exits: Readonly<Record<number, string>>;
  /**
   * Its output is news of work that goes on without a reader; else a missing reader or a full disk
   * there counts.
   */
  readonly printsEvents?: true;
  /** Resolves with the exit code. What it throws is printed as one line. */
  run(context: CommandContext): Promise<number>;
  /** Exit code of an error it throws; 2 when not given. */
  exitOf?(error: unknown): number;
}

/** Where the three ends are: what every command that looks at a pipeline takes. */
export const PLACES = [
  'source',
  'lake',
  'warehouse',
  'tables',
  'table',
  'mask.salt',
  's3PathStyle',
] as const satisfies readonly ConfigKey[];

export const CANNOT_TELL = 'cannot tell: wrong arguments, or source, lake or warehouse out of reach';

/** The last value of a flag, or undefined. */
export function flagValue(context: Pick<CommandContext, 'flags'>, name: string): string | undefined {
  return context.flags.get(name)?.at(-1);
}
