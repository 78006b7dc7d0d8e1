import { wall } from '../../core/time.ts';
import { openLake } from '../../lake/lake-identity.ts';
import { getModels } from '../../lake/models-report.ts';
import { readPosition } from '../../lake/warehouse-position.ts';
import { folderContext } from '../../transformer/folder/folder-context.ts';
import { graphText } from '../../transformer/folder/graph-text.ts';
import { readFolder } from '../../transformer/folder/read-folder.ts';
import { openWarehouse } from '../../warehouse/open-engine.ts';
import type { Command } from '../command.ts';
import { CANNOT_TELL } from '../command.ts';
import { warehouseChoice, warehouseIdOf, withStore } from '../ends.ts';
import { graphMarks, listModels, modelList } from '../model-listing.ts';
import { output } from '../outlet.ts';
import { requireModels } from '../require-models.ts';

export const command: Command<'models'> = {
  usage: '--models DIR [--json] [--graph]',
  about:
    'Lists the models of a directory: kind, state, how far behind each is, its rows and its last run. A model is fresh, due, running, failed, skipped ' +
    '(one that it reads failed) or never built. --json has its inputs and times too.',
  examples: ['tailrace models --models ./models', 'tailrace models --models ./models --graph > models.mmd'],
  flags: [
    { name: 'json', help: 'print JSON, for programs' },
    { name: 'graph', help: 'print which model reads what, as a Mermaid flowchart' },
  ],
  words: [0, 0],
  exits: { 0: 'done', 2: `${CANNOT_TELL}, or a file of the directory is not a model` },
  run({ config, flags, log }) {
    const directory = requireModels(config);
    return withStore(config, async (store) => {
      await openLake(store, null);
      const position = await readPosition(store, warehouseChoice(config));
      await using engine = await openWarehouse({ uri: config.warehouse, role: 'reader', log });
      const { models } = await readFolder(directory, engine, folderContext(position?.tables ?? []));
      const report = await getModels(store, position?.warehouseId ?? warehouseIdOf(config));
      const listed = listModels(models, { report, position, nowMs: wall() });
      if (flags.has('graph')) output.say(graphText(models, graphMarks(listed)));
      else output.say(flags.has('json') ? `${JSON.stringify({ models: listed }, null, 2)}\n` : modelList(listed));
      return 0;
    });
  },
};
