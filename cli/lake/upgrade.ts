import { upgradeLake } from '../../lake/format/upgrade-lake.ts';
import type { OlderRole, UpgradeReport } from '../../lake/format/upgrade-lake.ts';
import { output } from '../outlet.ts';
import type { LakeSubcommand } from './subcommand.ts';

export const upgrade: LakeSubcommand = {
  usage: '[--json]',
  summary: 'turn on all features of this version in an older lake',
  about:
    'Turns on all features of this version in a lake that an older version made. ' +
    'It refuses while a replicator or a warehouse of an older version is registered, and names them; older versions refuse the lake afterwards.',
  examples: ['tailrace lake upgrade'],
  flags: [{ name: 'json', help: 'print JSON, for programs' }],
  words: [0, 0],
  async run({ store, flags, log }) {
    const report = await upgradeLake(store, log);
    output.say(flags.has('json') ? `${JSON.stringify(report, null, 2)}\n` : `${text(report)}\n`);
    return report.older.length === 0 ? 0 : 1;
  },
};

function text({ format, features, turnedOn, older }: UpgradeReport): string {
  if (turnedOn.length > 0)
    return [
      `format ${format}: turned on ${turnedOn.join(', ')}`,
      ...older.map((one) => `stop ${nameOf(one)}: it began during the upgrade`),
    ].join('\n');
  if (older.length === 0) return `format ${format} is the newest one: ${features.join(', ')}`;
  return ['nothing was turned on; these roles run an older version:', ...older.map((one) => `  ${nameOf(one)}`)].join('\n');
}

function nameOf({ role, id, at, lacks }: OlderRole): string {
  const whose = role === 'compact' ? `compact of warehouse ${id}` : role;
  return `${whose}${at === null ? '' : `, last seen ${at}`}, without ${lacks.join(', ')}`;
}
