import { TailraceError } from '../../core/errors.ts';
import { readEpochs } from '../../lake/epoch.ts';
import { openLake, requireSameSource } from '../../lake/lake-identity.ts';
import { connect } from '../../postgres/session/connect.ts';
import { dropPublications, readPublications } from '../../postgres/publication/publication.ts';
import { dropSlot } from '../../postgres/slot/slot.ts';
import { identifySystem } from '../../postgres/session/system.ts';
import type { Command } from '../command.ts';
import { CANNOT_TELL } from '../command.ts';
import { sourceOf, withStore } from '../ends.ts';
import { requireFreeSlot } from '../slot-free.ts';
import { output } from '../outlet.ts';

export const command: Command<'teardown'> = {
  usage: '',
  about:
    'Drops the replication slot and the publications of this lake on the source; tailrace created nothing else there. Stop `run` first. ' +
    'Lake and warehouse stay as they are. To replicate again later, start with `tailrace resync --all` or with a new lake.',
  examples: ['tailrace teardown --source postgres://me@localhost/shop'],
  flags: [],
  words: [0, 0],
  exits: { 0: 'dropped, or there was nothing to drop', 1: 'the source refused, or a replicator is connected', 2: CANNOT_TELL },
  run: ({ config }) =>
    withStore(config, async (store) => {
      const lake = await openLake(store, null);
      const epochs = await readEpochs(store);
      await using connection = await connect(sourceOf(config, 'teardown'), { role: 'sql' });
      requireSameSource(lake, await identifySystem(connection));
      const slots = new Set([lake.name, ...epochs.map(({ slot }) => slot)]);
      for (const slot of slots) await requireFreeSlot(connection, slot);
      const dropped: string[] = [];
      for (const slot of slots) if (await dropSlot(connection, slot)) dropped.push(`slot ${slot}`);
      const publications = await readPublications(connection, lake.name);
      await dropPublications(connection, lake.name);
      dropped.push(...publications.map(({ name }) => `publication ${name}`));
      for (const what of dropped) output.say(`dropped ${what}\n`);
      if (dropped.length === 0) output.say(`nothing to drop: the source has no slot and no publication of lake ${lake.id}\n`);
      return 0;
    }),
  exitOf: (error) => (error instanceof TailraceError && ['SLOT_IN_USE', 'SOURCE_REFUSED', 'SOURCE_QUERY'].includes(error.code) ? 1 : 2),
};
