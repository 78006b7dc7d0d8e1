import { expect, test } from 'vitest';
import { parseArguments } from './arguments.ts';
import type { CommandForm } from './command.ts';

const form: CommandForm = {
  usage: 'QUERY [--format F] [--json]',
  about: '',
  examples: [],
  flags: [
    { name: 'format', placeholder: 'F', help: '' },
    { name: 'json', help: '' },
    { name: 'file', short: 'f', placeholder: 'FILE', help: '' },
  ],
  words: [1, 1],
  exits: {},
};

const parse = (...argv: string[]) => parseArguments('sql', form, argv);

test('flags, settings and words are told apart', () => {
  expect(parse('SELECT 1', '--format', 'CSV', '--json', '--lake=/tmp/x', '--s3-path-style')).toEqual({
    flags: new Map([
      ['format', ['CSV']],
      ['json', ['true']],
    ]),
    settings: { lake: '/tmp/x', 's3-path-style': 'true' },
    files: [],
    words: ['SELECT 1'],
    help: false,
  });
});

test('a flag given again keeps all its values, a setting the last', () => {
  const parsed = parse('q', '--format', 'A', '--format', 'B', '--sla', '1m', '--sla', '2m');
  expect(parsed.flags.get('format')).toEqual(['A', 'B']);
  expect(parsed.settings).toEqual({ sla: '2m' });
});

test('a flag may have a short form', () => {
  for (const argv of [['-f', 'q.sql'], ['-fq.sql'], ['--file', 'q.sql']]) expect(parse('q', ...argv).flags.get('file')).toEqual(['q.sql']);
});

test('help comes before any complaint', () => {
  expect(parse('--help').help).toBe(true);
  expect(parse('-h').help).toBe(true);
});

test.each([
  [['q', '--lkae', 'x'], /^BAD_ARGUMENT: sql has no flag --lkae\. See `tailrace sql --help`\.$/],
  [['q', '-x'], /^BAD_ARGUMENT: sql has no flag -x\./],
  [['q', '--format'], /^BAD_ARGUMENT: --format needs a value\./],
  [['q', '--format', '--json'], /^BAD_ARGUMENT: --format needs a value\./],
  [['q', '--json=no'], /^BAD_ARGUMENT: --json takes no value\./],
  [['q', 'r'], /^BAD_ARGUMENT: sql takes no argument "r"\./],
  [['q', '--tables', 'a.b'], /^BAD_ARGUMENT: sql always works on all tables; --tables cannot limit it\./],
  [[], /^BAD_ARGUMENT: an argument is missing: tailrace sql QUERY/],
])('%j is refused by name', (argv, message) => {
  expect(() => parse(...argv)).toThrow(message);
});

test('a command without settings knows none', () => {
  expect(() => parseArguments('demo', form, ['q', '--source', 'postgres://x'])).toThrow(/demo has no flag --source/);
});
