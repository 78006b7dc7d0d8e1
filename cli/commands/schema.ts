import { openLake } from '../../lake/lake-identity.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import { readSchemaHistory } from '../../lake/schemas/schema-history.ts';
import { chosenSubcommand, subcommandFlags } from '../chosen-subcommand.ts';
import type { Command } from '../command.ts';
import { CANNOT_TELL } from '../command.ts';
import { withStore } from '../ends.ts';
import { diff } from '../schema/compare-versions.ts';
import { ls } from '../schema/list-versions.ts';
import { show } from '../schema/show-version.ts';
import type { SchemaSubcommand } from '../schema/schema-subcommand.ts';

const SUBCOMMANDS: Readonly<Record<string, SchemaSubcommand>> = { ls, show, diff };

export const command: Command<'schema'> = {
  usage: 'SUBCOMMAND [flags]',
  about:
    'Shows the versions of each table, as the lake has them: what changed, where, and which readers can go on. `tailrace help schema SUBCOMMAND` describes a subcommand.',
  subcommands: Object.entries(SUBCOMMANDS).map(([name, form]) => ({ name, ...form })),
  examples: Object.values(SUBCOMMANDS).flatMap(({ examples }) => examples),
  flags: subcommandFlags(SUBCOMMANDS),
  words: [1, Number.MAX_SAFE_INTEGER],
  exits: { 0: 'done', 1: 'diff: a reader breaks', 2: `${CANNOT_TELL}, or there is no such version` },
  run(context) {
    const [name = '', ...words] = context.words;
    const subcommand = chosenSubcommand('schema', SUBCOMMANDS, { name, words, flags: [...context.flags.keys()] });
    return withStore(context.config, async (store) => {
      await openLake(store, null);
      const history = await readSchemaHistory(store, new ManifestLog(store, context.log));
      return subcommand.run({ ...context, words, history });
    });
  },
};
