import type { CommandContext, SubcommandForm } from '../command.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import type { ManifestLog } from '../../lake/manifest-log.ts';
import type { LakeInfo } from '../../lake/lake-identity.ts';

/** What a subcommand of `lake` works with. `words` are those after its name. */
export interface LakeContext extends CommandContext<'lake'> {
  readonly store: ObjectStore;
  readonly lake: LakeInfo;
  readonly manifests: ManifestLog;
}

/** One subcommand of `lake`: its form, and its work. */
export interface LakeSubcommand extends Omit<SubcommandForm, 'name'> {
  /** The number of words after its name. */
  readonly words: readonly [least: number, most: number];
  /** Resolves with the exit code. */
  readonly run: (context: LakeContext) => Promise<number>;
}
