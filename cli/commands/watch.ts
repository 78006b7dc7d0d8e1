import { wall } from '../../core/time.ts';
import { openLake } from '../../lake/lake-identity.ts';
import { openServed } from '../../warehouse/open-served.ts';
import { oneSelect } from '../../warehouse/select/select-tables.ts';
import { ReportFolder } from '../../watcher/report-folder.ts';
import { EVERY_MS } from '../../watcher/watch-limits.ts';
import { watchReport } from '../../watcher/watch-report.ts';
import type { WatchListener } from '../../watcher/watched-query.ts';
import { Watcher } from '../../watcher/watcher.ts';
import type { Unwatch } from '../../watcher/watcher.ts';
import type { Command, CommandContext } from '../command.ts';
import { CANNOT_TELL } from '../command.ts';
import { warehouseIdOf, withStore } from '../ends.ts';
import { errors, output } from '../outlet.ts';
import { stopSignal } from '../stop-signal.ts';
import { Screen } from '../screen/screen.ts';
import { answerLines } from '../watch-lines.ts';

export const command: Command<'watch'> = {
  usage: 'QUERY|REPORT',
  about:
    'Answers a SELECT again whenever a table that it reads has changed, at most once a second. REPORT names a file of the folder `reports` in --models, without .sql. ' +
    'Replicated tables are read at one position, so an answer never shows half a transaction. ' +
    'On a terminal it shows the latest answer as a table. Otherwise each answer is one line of JSON with lsn, asOf, columns, types, rows and ms. It needs the roles running, and ends with Ctrl-C.',
  examples: [
    'tailrace watch "SELECT state, count() AS orders FROM public.orders GROUP BY state ORDER BY state"',
    'tailrace watch revenue --models ./models | jq .rows',
  ],
  flags: [],
  words: [1, 1],
  exits: { 0: 'stopped by SIGTERM or SIGINT, or nobody reads the output', 2: CANNOT_TELL },
  run: (context) =>
    withStore(context.config, async (store) => {
      await openLake(store, null);
      const { config, log } = context;
      const openReader = () => openServed(config.warehouse, log);
      await using watcher = new Watcher({ store, warehouseId: warehouseIdOf(config), openReader, log });
      await using reports = new ReportFolder(config.models ?? null);
      const subscribe = await subscription(context, { watcher, reports });
      await follow(subscribe);
      return 0;
    }),
};

/** A name is one word; every SELECT has more. */
const REPORT = /^[\w-]+$/;

async function subscription(
  { words: [word = ''] }: CommandContext<'watch'>,
  { watcher, reports }: { watcher: Watcher; reports: ReportFolder },
): Promise<(listener: WatchListener) => Unwatch> {
  if (REPORT.test(word.trim())) return watchReport({ watcher, reports }, word.trim());
  const text = { select: oneSelect(word), everyMs: EVERY_MS };
  await watcher.check(text);
  return (listener) => watcher.watch(text, listener);
}

/**
 * Prints answers until a signal comes or nobody reads. Rejects with a failure that comes before the
 * first answer: then the query itself is wrong, or nobody serves the warehouse.
 */
function follow(subscribe: (listener: WatchListener) => Unwatch): Promise<void> {
  const signal = AbortSignal.any([stopSignal(), output.gone]);
  const screen = process.stdout.isTTY ? new Screen(process.stdout) : null;
  return new Promise((resolve, reject) => {
    let answered = false;
    const unwatch = subscribe((event) => {
      if (event.kind === 'error') return answered ? errors.say(`${event.data}\n`) : reject(event.error);
      answered = true;
      if (screen === null) output.sayLatest(`${event.data}\n`);
      else screen.draw(answerLines(event.data, wall()));
    });
    signal.addEventListener('abort', () => {
      unwatch();
      resolve();
    });
  });
}
