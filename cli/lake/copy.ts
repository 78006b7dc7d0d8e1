import { TailraceError } from '../../core/errors.ts';
import { bytes, count } from '../../core/figures.ts';
import { LakeCopy } from '../../lake/lake-copy.ts';
import { openStore } from '../../lake/store/open-store.ts';
import { output } from '../outlet.ts';
import type { LakeSubcommand } from './subcommand.ts';

/** Objects between two lines of progress. */
const SAY_EVERY = 1_000;

export const copy: LakeSubcommand = {
  usage: 'TO [--json]',
  summary: 'copy the lake to another directory or bucket, also while it is written',
  about:
    'Copies the lake to another directory or bucket, also while it is written. Each run copies what is new. ' +
    'To move a lake: copy, stop all roles, copy again, and start them with --lake TO.',
  examples: ['tailrace lake copy s3://my-bucket/shop'],
  flags: [{ name: 'json', help: 'print JSON, for programs' }],
  words: [1, 1],
  async run({ store, config, flags, log, words: [place = ''] }) {
    const to = await openStore(place, { s3PathStyle: config.s3PathStyle, flag: 'TO', lake: false });
    try {
      if (isSame(store.location, to.location)) throw new TailraceError('BAD_ARGUMENT', `TO is ${place}, which is the lake itself`);
      const json = flags.has('json');
      const progress = ({ objects, bytes: size }: { objects: number; bytes: number }): void => {
        if (objects % SAY_EVERY === 0 && !json) output.say(`${count(objects)} objects, ${bytes(size)}\n`);
      };
      const done = await new LakeCopy(store, to, { log, progress }).round();
      output.say(
        json
          ? `${JSON.stringify(done)}\n`
          : `copied ${count(done.objects)} objects, ${bytes(done.bytes)}; ${place} has batches up to ${done.manifests}\n`,
      );
      return 0;
    } finally {
      await to.close();
    }
  },
};

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
