import type { CommandContext, CommandForm } from '../command.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import type { ManifestLog } from '../../lake/manifest-log.ts';
import type { LakeInfo } from '../../lake/lake-identity.ts';

/** What a subcommand of `lake` works with. `words` are those after its name. */
export interface LakeContext extends CommandContext<'lake'> {
  readonly store: ObjectStore;
  readonly lake: LakeInfo;
  readonly manifests: ManifestLog;
}

/** One subcommand of `lake`: its form, which becomes a part of the help, and its work. */
export interface LakeSubcommand {
  /** Its words and flags after the name, as the help shows them; '': none. */
  readonly usage: string;
  /** A sentence or two that begin with its name. */
  readonly about: string;
  readonly examples: readonly string[];
  /** Its own flags. Those of other subcommands are refused. */
  readonly flags: CommandForm['flags'];
  /** The number of words after its name. */
  readonly words: readonly [least: number, most: number];
  /** Resolves with the exit code. */
  readonly run: (context: LakeContext) => Promise<number>;
}
