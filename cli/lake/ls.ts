import { placeOf } from '../../lake/lake-identity.ts';
import { output } from '../outlet.ts';
import { historyListing } from './history-listing.ts';
import { lakeListing } from './lake-listing.ts';
import type { LakeSubcommand } from './subcommand.ts';

export const ls: LakeSubcommand = {
  usage: '',
  summary: 'list copies, bases, how far back changes reach, and the newest batches',
  about: 'Lists the copies, the bases, how far back the changes of each table reach, and the newest batches.',
  examples: ['tailrace lake ls'],
  flags: [],
  words: [0, 0],
  async run({ store, lake, manifests, config }) {
    const globs = config.tables ?? null;
    const listing = [...(await lakeListing(store, manifests, globs)), '', ...(await historyListing(store, manifests, globs))];
    output.say(`${[`${placeOf(store)}: lake ${lake.id} of database ${lake.source.database}`, '', ...listing].join('\n')}\n`);
    return 0;
  },
};
