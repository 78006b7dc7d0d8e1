import type { ConfigOf } from '../core/config.ts';
import type { Log } from '../core/log.ts';
import type { ConfigText, ResolvedConfig } from '../core/sections/resolve-config.ts';
import type { CommandName } from '../core/setting.ts';

/** A flag of one command, in addition to the settings. */
interface CommandFlag {
  /** Without the dashes. */
  readonly name: string;
  /** One letter that means the same. */
  readonly short?: string;
  /** Name of its value in the help; a switch has none. */
  readonly placeholder?: string;
  readonly help: string;
}

/** The parsed command line. A flag of the command that is repeated keeps all its values. */
export interface Arguments {
  readonly flags: ReadonlyMap<string, readonly string[]>;
  /** Settings given as flags, by flag name. */
  readonly settings: Readonly<Record<string, string>>;
  /** Paths given with --config, in order. */
  readonly files: readonly string[];
  readonly words: readonly string[];
  readonly help: boolean;
}

/** The input of a command. Its configuration has only the settings that name it. */
export interface CommandContext<C extends CommandName> {
  readonly config: ConfigOf<C>;
  /** The settings that were given, as written: the configuration of another process. */
  readonly text: ConfigText;
  /** Where they are from. */
  readonly origins: ResolvedConfig['origins'];
  readonly flags: Arguments['flags'];
  readonly words: readonly string[];
  readonly log: Log;
}

/** A subcommand of a command: what differs from the command's own form. Its flags are its own. */
export interface SubcommandForm extends Pick<CommandForm, 'usage' | 'about' | 'examples' | 'flags'> {
  readonly name: string;
  /** One line for the help of the command. */
  readonly summary: string;
}

/** What a command accepts and what its help says. */
export interface CommandForm {
  /** The rest of `tailrace <name>`, for example `QUERY [--format F]`. */
  readonly usage: string;
  /** A few sentences for someone who sees the command for the first time. */
  readonly about: string;
  readonly examples: readonly string[];
  readonly flags: readonly CommandFlag[];
  /** The number of words besides flags. */
  readonly words: readonly [least: number, most: number];
  readonly exits: Readonly<Record<number, string>>;
  /** Its subcommands, where it has some: `tailrace help <name> SUBCOMMAND` describes one. */
  readonly subcommands?: readonly SubcommandForm[];
}

/** One command: its form and its work. */
export interface Command<C extends CommandName> extends CommandForm {
  /**
   * Its output is news about work that continues without a reader. For other commands a full disk
   * under the output is an error.
   */
  readonly printsEvents?: true;
  /**
   * Resolves with the exit code; an error is printed as one line. A property, not a method, so that
   * the type of `config` is checked: the command of another name cannot stand in.
   */
  readonly run: (context: CommandContext<C>) => Promise<number>;
  /** Exit code of an error that it throws; 2 when not given. */
  exitOf?(error: unknown): number;
}

export const CANNOT_TELL = 'wrong arguments, or source, lake or warehouse cannot be reached';

/** The last value of a flag, or undefined. */
export function flagValue({ flags }: { readonly flags: Arguments['flags'] }, name: string): string | undefined {
  return flags.get(name)?.at(-1);
}
