import { once } from 'node:events';
import { buildLimits } from '../build-limits.ts';
import type { Command } from '../command.ts';
import { requireModels } from '../require-models.ts';
import { roleExitCode, roleExits, runRole } from '../run/role.ts';

export const command: Command<'transform'> = {
  usage: '--models DIR',
  about:
    'One role of `run`, to run in its own container: builds the models in a directory from the replicated tables. ' +
    'A model is a file with one SELECT. `run` starts this role only when `models` is set.',
  examples: ['tailrace transform --models ./models --lake ./tailrace-data/lake'],
  flags: [],
  words: [0, 0],
  exits: roleExits('arguments or models'),
  printsEvents: true,
  run(context) {
    const directory = requireModels(context.config);
    return runRole(context, async ({ config, log, signal, emit }) => {
      log.info({ directory, exports: (config.export ?? []).length, ...buildLimits(config) }, 'transform started');
      emit({ event: 'ready', role: 'transform' });
      if (!signal.aborted) await once(signal, 'abort');
    });
  },
  exitOf: roleExitCode,
};
