import { checkLake } from '../../lake/retention/lake-check.ts';
import type { LakeReport } from '../../lake/retention/lake-check.ts';
import { table } from '../../core/figures.ts';
import { output } from '../outlet.ts';
import type { LakeSubcommand } from './subcommand.ts';

export const check: LakeSubcommand = {
  usage: '[--deep] [--json]',
  summary: 'is the lake whole?',
  about:
    'Looks whether the lake is whole: batches without a gap, each in the chain, every object that something names with its size, and whole bases; --deep also reads all data and compares checksums. ' +
    'What was swept is no problem, and an object that nothing names is none either: the sweeper takes it.',
  examples: ['tailrace lake check --deep'],
  flags: [
    { name: 'deep', help: 'also read all data and compare its checksums' },
    { name: 'json', help: 'print JSON, for programs' },
  ],
  words: [0, 0],
  async run({ store, manifests, flags }) {
    const report = await checkLake(store, manifests, { deep: flags.has('deep') });
    output.say(flags.has('json') ? `${JSON.stringify(report, null, 2)}\n` : `${text(report).join('\n')}\n`);
    return report.ok ? 0 : 1;
  },
};

function text({ ok, manifests, problems }: LakeReport): string[] {
  const rows = problems.map(({ kind, key, table: name }) => [kind, name ?? '', key]);
  return [
    ok ? `the lake is whole: ${manifests} batches` : `the lake is not whole: ${manifests} batches`,
    ...(rows.length === 0 ? [] : table([['problem', 'table', 'object'], ...rows])),
  ];
}
