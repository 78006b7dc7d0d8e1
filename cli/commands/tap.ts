import { TailraceError } from '../../core/errors.ts';
import { parseLsn } from '../../core/lsn.ts';
import { openLake } from '../../lake/lake-identity.ts';
import { tapLines } from '../../lake/tap/tap.ts';
import type { TapStart } from '../../lake/tap/tap-start.ts';
import type { Command } from '../command.ts';
import { CANNOT_TELL, flagValue } from '../command.ts';
import { withStore } from '../ends.ts';
import { output } from '../outlet.ts';
import { stopSignal } from '../stop-signal.ts';

export const command: Command<'tap'> = {
  usage: '[TABLE…] --from start|now|X/Y [--to X/Y]',
  about:
    'Prints every change of the tables as a line of JSON, in the order of commits, and follows the lake until --to or a signal. ' +
    '--from start begins with the rows of the copies; --from X/Y with the commits at X/Y and above. ' +
    'A program that has a line can begin again at its lsn and skip what it has (docs/TAP.md). While it runs, the lake keeps what it needs.',
  examples: [
    'tailrace tap --from start > changes.ndjson',
    "tailrace tap public.orders 'crm.*' --from 16/B374D848 | jq -c '{op, key, row}'",
  ],
  flags: [
    { name: 'from', placeholder: 'start|now|X/Y', help: 'where to begin' },
    { name: 'to', placeholder: 'X/Y', help: 'end when all commits below this position have come out' },
  ],
  words: [0, Number.MAX_SAFE_INTEGER],
  exits: { 0: 'stopped by SIGTERM or SIGINT, --to is reached, or nobody reads the output', 2: CANNOT_TELL },
  run: ({ config, flags, words, log }) => {
    const from = startOf(flagValue({ flags }, 'from'));
    const to = flagValue({ flags }, 'to');
    const options = {
      from,
      to: to === undefined ? null : parseLsn(to),
      tables: [config.tables ?? null, words.length === 0 ? null : words],
    };
    return withStore(config, async (store) => {
      await openLake(store, null);
      const signal = AbortSignal.any([stopSignal(), output.gone]);
      for await (const lines of tapLines({ ...options, store, log, signal })) {
        // Nothing is read ahead of a slow reader.
        await output.give(lines, signal);
        if (signal.aborted) break;
      }
      return 0;
    });
  },
};

function startOf(text: string | undefined): TapStart {
  if (text === 'start' || text === 'now') return text;
  if (text !== undefined) return parseLsn(text);
  throw new TailraceError('BAD_ARGUMENT', 'tap needs --from start, --from now or --from X/Y', { hint: 'See `tailrace tap --help`.' });
}
