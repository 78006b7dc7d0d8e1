import type { CommandContext, SubcommandForm } from '../command.ts';
import type { SchemaHistory } from '../../lake/schemas/schema-history.ts';

/** What a subcommand of `schema` works with. `words` are those after its name. */
interface SchemaContext extends CommandContext<'schema'> {
  readonly history: SchemaHistory;
}

/** One subcommand of `schema`: its form, and its work. */
export interface SchemaSubcommand extends Omit<SubcommandForm, 'name'> {
  /** The number of words after its name. */
  readonly words: readonly [least: number, most: number];
  /** Resolves with the exit code. */
  readonly run: (context: SchemaContext) => number;
}
