import { isTableGlob } from '../../core/config-value.ts';
import { TailraceError } from '../../core/errors.ts';
import { isoTime, wall } from '../../core/time.ts';
import { deletePin, putPin } from '../../lake/retention/pins.ts';
import { flagValue } from '../command.ts';
import { output } from '../outlet.ts';
import type { LakeSubcommand } from './subcommand.ts';

export const pin: LakeSubcommand = {
  usage: 'NAME [--table GLOB]',
  summary: 'keep the newest batch and all that came later, under a name',
  about:
    'Keeps the newest batch, and all that a restore of it or of a later one needs, until `unpin NAME`. Objects that are on the list of the sweeper already may go; `sweep --dry-run` shows the floors.',
  examples: ['tailrace lake pin audit-2026', "tailrace lake pin before-migration --table 'public.*'"],
  flags: [{ name: 'table', placeholder: 'GLOB', help: 'only these tables (schema.table, or a glob as in --tables)' }],
  words: [1, 1],
  async run({ store, manifests, words: [name = ''], ...context }) {
    const glob = flagValue(context, 'table') ?? null;
    if (glob !== null && !isTableGlob(glob))
      throw new TailraceError('BAD_ARGUMENT', `--table is "${glob}"; allowed: a glob over schema.table`);
    const manifest = (await manifests.newest(null))?.number ?? 0;
    const stored = await putPin(store, { name, manifest, glob: glob === '*' ? null : glob, at: isoTime(wall()) });
    if (!stored)
      throw new TailraceError('BAD_ARGUMENT', `there is a pin "${name}" already`, {
        hint: `Choose another name, or run \`tailrace lake unpin ${name}\`.`,
      });
    output.say(`pin ${name} holds batch ${manifest} and all that came later${glob === null ? '' : `, of ${glob}`}\n`);
    return 0;
  },
};

export const unpin: LakeSubcommand = {
  usage: 'NAME',
  summary: 'delete a pin',
  about: 'Deletes a pin, so that the sweeper may take what only the pin kept.',
  examples: ['tailrace lake unpin audit-2026'],
  flags: [],
  words: [1, 1],
  async run({ store, words: [name = ''] }) {
    if (!(await deletePin(store, name))) throw new TailraceError('BAD_ARGUMENT', `there is no pin "${name}"`);
    output.say(`pin ${name} is deleted\n`);
    return 0;
  },
};
