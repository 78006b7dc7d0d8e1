import type { Command } from '../command.ts';
import { listSettings, settingsTable } from '../settings-list.ts';
import { output } from '../outlet.ts';

export const command: Command<'config'> = {
  usage: '[--json]',
  about:
    'Prints every setting, its value and where it is from, as a command with the same flags and environment would read it. ' +
    'Secrets and passwords in URLs are shown as ***.',
  examples: [
    'tailrace config --config base.yaml --config production.yaml',
    'TAILRACE_CONFIG=base.yaml,production.yaml tailrace config --json',
  ],
  flags: [{ name: 'json', help: 'print JSON, for programs' }],
  words: [0, 0],
  exits: { 0: 'done', 2: 'wrong arguments, or a setting is wrong' },
  run({ text, origins, flags }) {
    const listed = listSettings(text, origins);
    output.say(flags.has('json') ? `${JSON.stringify(listed, null, 2)}\n` : settingsTable(listed, origins));
    return Promise.resolve(0);
  },
};
