import { expect, test } from 'vitest';
import type { CaseResult, Figure } from './result.ts';
import { resultsMarkdown } from './results-markdown.ts';

function result(figures: readonly Figure[], busyCores = 0): CaseResult {
  return {
    format: 3,
    case: 'stream',
    at: '2026-01-01T00:00:00Z',
    commit: 'abc1234',
    machine: { cpu: 'cpu', cores: 2, memoryGiB: 8, kernel: 'Linux', node: 'v24', busyCores },
    seconds: 60,
    settings: { rows: 5 },
    postgres: '18.4',
    unit: 'rows',
    contenders: [],
    figures,
    proof: 'all rows equal',
    plots: [],
    notes: [],
  };
}

const bound = { sense: '≥', must: 0.9, aim: 1 } as const;

test('the page begins with what must be reached, whether it is, and the proof', () => {
  const text = resultsMarkdown([
    result([
      { name: 'ours ÷ a', value: 0.95, unit: '×', bound },
      { name: 'only said', value: 7, unit: 's', bound: null },
      { name: 'ours ÷ b', value: 0.5, unit: '×', bound },
      { name: 'ours ÷ c', value: Number.NaN, unit: '×', bound },
    ]),
  ]);
  const [first] = text.split('\n## ');
  expect(first).toContain('| case | figure | value | must | aim | met | proof |');
  expect(first).toContain('| stream | ours ÷ a | 0.95 × | ≥ 0.9 | ≥ 1 | yes | all rows equal |');
  expect(first).toContain('| stream | ours ÷ b | 0.5 × | ≥ 0.9 | ≥ 1 | NO |  |');
  expect(first).toContain('| stream | ours ÷ c | not measured | ≥ 0.9 | ≥ 1 | NO |  |');
  expect(first).not.toContain('only said');
});

test('the page says whether the machine was quiet', () => {
  expect(resultsMarkdown([result([], 0.05)])).toContain('The machine was quiet: before each case others kept at most 0.05 cores busy.');
  expect(resultsMarkdown([result([], 0.05), result([], 1.5)])).toContain('**The machine was busy before: stream.');
});
