import { placeOf } from '../../lake/lake-identity.ts';
import { output } from '../outlet.ts';
import { lakeListing } from './lake-listing.ts';
import type { LakeSubcommand } from './subcommand.ts';

export const ls: LakeSubcommand = {
  usage: '',
  about: '`ls` lists the copies and the newest batches.',
  examples: ['tailrace lake ls'],
  flags: [],
  words: [0, 0],
  async run({ store, lake, manifests, config }) {
    const listing = await lakeListing(store, manifests, config.tables ?? null);
    output.say(`${[`${placeOf(store)}: lake ${lake.id} of database ${lake.source.database}`, '', ...listing].join('\n')}\n`);
    return 0;
  },
};
