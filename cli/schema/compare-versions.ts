import { changeText, schemaDifference } from '../../lake/schemas/schema-difference.ts';
import { versionText } from '../../lake/schemas/schema-history.ts';
import { output } from '../outlet.ts';
import { namedVersion } from './named-version.ts';
import type { SchemaSubcommand } from './schema-subcommand.ts';

export const diff: SchemaSubcommand = {
  usage: 'TABLE@A TABLE@B [--json]',
  summary: 'say what changed between two versions; ends 1 if a reader breaks',
  about: 'Says what changed from one version to another, each change with its class. It ends 1 when all of it together is breaking.',
  examples: ['tailrace schema diff public.orders@2 public.orders@3'],
  flags: [{ name: 'json', help: 'print JSON, for programs' }],
  words: [2, 2],
  run({ history, flags, words: [a = '', b = ''] }) {
    const [before, now] = [namedVersion(history, a), namedVersion(history, b)];
    const { class: of, changes } = schemaDifference(before.schema, now.schema);
    const [from, to] = [versionText(before), versionText(now)];
    const lines = [`${from} → ${to}: ${of}`, ...changes.map((change) => `  ${change.class}: ${changeText(change)}`)];
    output.say(flags.has('json') ? `${JSON.stringify({ from, to, class: of, changes }, null, 2)}\n` : `${lines.join('\n')}\n`);
    return of === 'breaking' ? 1 : 0;
  },
};
