import { availableParallelism } from 'node:os';
import { once } from 'node:events';
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
      const limits = { memoryBytes: config['transform.memory'], threads: config['transform.threads'] ?? usualThreads() };
      log.info({ directory, ...limits }, 'transform started');
      emit({ event: 'ready', role: 'transform' });
      if (!signal.aborted) await once(signal, 'abort');
    });
  },
  exitOf: roleExitCode,
};

/** One core stays free for the other roles on a small machine. */
function usualThreads(): number {
  return availableParallelism() <= 2 ? 1 : 2;
}
