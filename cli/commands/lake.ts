import { openLake } from '../../lake/lake-identity.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import { chosenSubcommand, subcommandFlags } from '../chosen-subcommand.ts';
import type { Command } from '../command.ts';
import { CANNOT_TELL } from '../command.ts';
import { withStore } from '../ends.ts';
import { cat } from '../lake/cat.ts';
import { check } from '../lake/check.ts';
import { copy } from '../lake/copy.ts';
import { ls } from '../lake/ls.ts';
import { pin, unpin } from '../lake/pin.ts';
import { show } from '../lake/show.ts';
import { sweep } from '../lake/sweep-lake.ts';
import { upgrade } from '../lake/upgrade.ts';
import type { LakeSubcommand } from '../lake/subcommand.ts';

const SUBCOMMANDS: Readonly<Record<string, LakeSubcommand>> = { ls, show, cat, copy, check, sweep, pin, unpin, upgrade };

export const command: Command<'lake'> = {
  usage: 'SUBCOMMAND [flags]',
  about: 'Shows the contents of the lake, and works on it. `tailrace help lake SUBCOMMAND` describes a subcommand.',
  subcommands: Object.entries(SUBCOMMANDS).map(([name, form]) => ({ name, ...form })),
  examples: Object.values(SUBCOMMANDS).flatMap(({ examples }) => examples),
  flags: subcommandFlags(SUBCOMMANDS),
  words: [1, 3],
  exits: {
    0: 'done',
    1: 'there is no such batch, or it does not have the table; check: the lake is not whole; upgrade: a role of an older version is in the way',
    2: CANNOT_TELL,
  },
  run(context) {
    const [name = '', ...words] = context.words;
    const subcommand = chosenSubcommand('lake', SUBCOMMANDS, { name, words, flags: [...context.flags.keys()] });
    return withStore(context.config, async (store) => {
      const lake = await openLake(store, null);
      return subcommand.run({ ...context, words, store, lake, manifests: new ManifestLog(store, context.log) });
    });
  },
};
