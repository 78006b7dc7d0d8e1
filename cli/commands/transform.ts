import { describeError, TailraceError } from '../../core/errors.ts';
import { openLake } from '../../lake/lake-identity.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { transformOnce } from '../../transformer/once.ts';
import { runTransformer } from '../../transformer/transformer.ts';
import type { TransformerOptions } from '../../transformer/transformer-options.ts';
import { buildLimits } from '../build-limits.ts';
import type { Command, CommandContext } from '../command.ts';
import { warehouseIdOf, withStore } from '../ends.ts';
import { reconcileWith } from '../count-both-sides.ts';
import { openBuilder } from '../open-builder.ts';
import { errors, output } from '../outlet.ts';
import { requireCompactor } from '../require-compactor.ts';
import { requireModels } from '../require-models.ts';
import { firstContactWithLake } from '../run/first-contact.ts';
import { roleExitCode, runRole } from '../run/role.ts';
import { requireReader } from '../running-compactor.ts';
import { stopSignal } from '../stop-signal.ts';
import { transformText } from '../transform-text.ts';

export const command: Command<'transform'> = {
  usage: '--models DIR [--once [MODEL…]] [--full] [--compare] [--json]',
  about:
    'One role of `run`, to run in its own container: builds the models in a directory from the replicated tables, whenever their inputs changed or their time has come. ' +
    'A model is a file with one SELECT (docs/MODELS.md). Each run reads all tables at one position, tests the results, and shows them only then. ' +
    '`run` starts this role when `models` is set; a second one stands by. With --once it runs models now, also those that are not due, and ends; that works beside the role too.',
  examples: [
    'tailrace transform --models ./models --lake ./tailrace-data/lake',
    'tailrace transform --models ./models --once --json',
    'tailrace transform --models ./models --once marts.orders --full',
    'tailrace transform --models ./models --compare',
  ],
  flags: [
    { name: 'once', help: 'run the named models, or all, with the models that they read; then end' },
    { name: 'full', help: 'build whole, not only what changed; implies --once' },
    { name: 'compare', help: 'build whole beside each incremental model and compare their contents; shows nothing; implies --once' },
    { name: 'json', help: 'print JSON, for programs; with --once' },
  ],
  words: [0, 1_000],
  exits: {
    0: 'stopped by SIGTERM or SIGINT; --once: every model is published; --compare: equal',
    1: 'manual action needed; the last line says what to do; --once: a model failed; --compare: different',
    2: 'wrong arguments, a file that is no model, or lake or warehouse cannot be reached',
    129: 'the terminal was closed (SIGHUP); without a terminal, as under nohup, it continues',
  },
  printsEvents: true,
  run(context) {
    const { flags, words } = context;
    const directory = requireModels(context.config);
    if (['once', 'full', 'compare'].some((flag) => flags.has(flag))) return once(context, directory);
    if (words.length > 0 || flags.has('json'))
      throw new TailraceError('BAD_ARGUMENT', `${words[0] ?? '--json'} needs --once`, { hint: 'See `tailrace transform --help`.' });
    return role(context, directory);
  },
  exitOf: roleExitCode,
};

function role(context: CommandContext<'transform'>, directory: string): Promise<number> {
  return runRole(context, async ({ config, log, signal, emit, on, alone }) => {
    if (alone) await firstContactWithLake(config, log);
    log.info({ directory, ...buildLimits(config) }, 'transform started');
    await withStore(config, (store) =>
      runTransformer(
        {
          ...what(context, store, directory),
          exports: config.export ?? [],
          s3PathStyle: config.s3PathStyle,
          signal,
          reconcile: reconcileWith(config, { store, warehouseId: warehouseIdOf(config), log, signal }),
          openBuilder: () => openBuilder(config, { log, signal, waits: true }),
          onAsked: () => emit({ event: 'asked' }),
          onMoved: (called) => on('moved', called),
        },
        () => emit({ event: 'ready', role: 'transform' }),
      ),
    );
  });
}

/** Any error means that nobody can tell whether the models are good. */
async function once(context: CommandContext<'transform'>, directory: string): Promise<number> {
  const { config, flags, words, log } = context;
  try {
    return await withStore(config, async (store) => {
      await openLake(store, null);
      await requireCompactor(config);
      const signal = stopSignal();
      const options = {
        ...what(context, store, directory),
        warehouseId: await requireReader(store, config, signal),
        signal,
        openBuilder: () => openBuilder(config, { log, signal, waits: false }),
      };
      const report = await transformOnce(options, { models: words, full: flags.has('full'), compare: flags.has('compare') });
      output.say(flags.has('json') ? `${JSON.stringify(report, null, 2)}\n` : transformText(report));
      return report.models.some(({ status }) => status === 'failed' || status === 'skipped') ? 1 : 0;
    });
  } catch (error) {
    errors.say(`${describeError(error)}\n`);
    return 2;
  }
}

function what(
  { config, log }: CommandContext<'transform'>,
  store: ObjectStore,
  directory: string,
): Pick<TransformerOptions, 'store' | 'warehouseId' | 'directory' | 'memoryBytes' | 'log'> {
  return { store, warehouseId: warehouseIdOf(config), directory, memoryBytes: config['transform.memory'], log };
}
