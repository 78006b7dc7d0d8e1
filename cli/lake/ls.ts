import { placeOf } from '../../lake/lake-identity.ts';
import { output } from '../outlet.ts';
import { historyListing, historyText } from './history-listing.ts';
import { lakeListing, lakeText } from './lake-listing.ts';
import type { LakeSubcommand } from './subcommand.ts';

export const ls: LakeSubcommand = {
  usage: '[--json]',
  summary: 'list copies, bases, how far back changes reach, and the newest batches',
  about: 'Lists the copies, the bases, how far back the changes of each table reach, and the newest batches.',
  examples: ['tailrace lake ls', "tailrace lake ls --json | jq '.bases[] | {table, lsn, proof}'"],
  flags: [{ name: 'json', help: 'print JSON, for programs' }],
  words: [0, 0],
  async run({ store, lake, manifests, config, flags }) {
    const globs = config.tables ?? null;
    const [listing, history] = [await lakeListing(store, manifests, globs), await historyListing(store, manifests, globs)];
    const of = { place: placeOf(store), id: lake.id, database: lake.source.database };
    const lines = [`${of.place}: lake ${of.id} of database ${of.database}`, '', ...lakeText(listing), '', ...historyText(history)];
    output.say(flags.has('json') ? `${JSON.stringify({ ...of, ...listing, ...history }, null, 2)}\n` : `${lines.join('\n')}\n`);
    return 0;
  },
};
