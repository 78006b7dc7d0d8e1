import { chooseTests } from '../../transformer/quality/choose-tests.ts';
import { testNow } from '../../transformer/quality/test-now.ts';
import { testExit, testReport } from '../../transformer/quality/test-report.ts';
import { readModels } from '../../transformer/read-models.ts';
import { TransformState } from '../../transformer/state/transform-state.ts';
import type { Command } from '../command.ts';
import { CANNOT_TELL } from '../command.ts';
import { withStore } from '../ends.ts';
import { openBuilder } from '../open-builder.ts';
import { output } from '../outlet.ts';
import { reconcileWith } from '../count-both-sides.ts';
import { requireCompactor } from '../require-compactor.ts';
import { requireModels } from '../require-models.ts';
import { requireReader } from '../running-compactor.ts';
import { stopSignal } from '../stop-signal.ts';
import { testText } from '../test-text.ts';

export const command: Command<'test'> = {
  usage: '[NAME…] --models DIR [--json]',
  about:
    'Runs the tests of models (`@test` lines and keys) and those in DIR/tests, all at one position, and shows the rows that fail. ' +
    'A model is tested as it is at that position: if its inputs changed since it was published, it is built for the tests, and nothing of that is shown to readers. ' +
    'So it also shows the rows because of which a model was not published. ' +
    'A NAME is that of a model, of a test, or a glob of them. Results go to tailrace.quality. The roles must be running.',
  examples: ['tailrace test --models ./models', 'tailrace test marts.orders', "tailrace test 'marts.*' paid_orders_have_payments --json"],
  flags: [{ name: 'json', help: 'print JSON, for programs' }],
  words: [0, Number.MAX_SAFE_INTEGER],
  exits: { 0: 'no test failed', 1: 'a test failed', 2: `${CANNOT_TELL}, or a test could not run` },
  async run({ config, flags, words, log }) {
    const directory = requireModels(config);
    await requireCompactor(config);
    return withStore(config, async (store) => {
      const signal = stopSignal();
      const warehouseId = await requireReader(store, config, signal);
      await using engine = await openBuilder(config, { log, signal, waits: false });
      const folder = await readModels({ store, warehouseId, directory }, engine, false);
      const chosen = chooseTests(folder, words);
      const { records } = await TransformState.open(engine);
      const reconcile = reconcileWith(config, { store, warehouseId, log, signal });
      const { lsn, tests } = await testNow(
        { engine, store, warehouseId, log, signal, reconcile, memoryBytes: config['transform.memory'] },
        { ...chosen, models: folder.models, records, asShown: false },
      );
      const report = testReport(lsn, tests);
      output.say(flags.has('json') ? `${JSON.stringify(report, null, 2)}\n` : testText(report));
      return testExit(report);
    });
  },
};
