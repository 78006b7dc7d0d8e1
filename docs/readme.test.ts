import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { filesText, requestsText } from '../cli/check/lake-cost.ts';
import { COMMANDS } from '../cli/commands/all.ts';
import { SETTINGS } from '../core/config.ts';
import { ROOT } from './pages.ts';

const FIRST_SCREEN_LINES = 60;
const PICTURE_BYTES = 200_000;

const read = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');
const readme = read('README.md');
/** Everything above the first heading, as a reader sees it: folded text is one line. */
const [firstScreen = ''] = readme.split('\n## ');
const unfolded = firstScreen.replace(/<details>.*?<\/details>/s, '<details>');

const namesIn = (text: string, pattern: RegExp): string[] => [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))];

test('the first screen of README fits', () => {
  expect(unfolded.split('\n').length).toBeLessThanOrEqual(FIRST_SCREEN_LINES);
  for (const part of ['Node', 'Memory', 'Disk', 'Postgres', 'ClickHouse', 'npm ci', '──►', '![']) expect(unfolded).toContain(part);
});

test('README shows the end of the demo, and all of it folded', () => {
  const [, whole = ''] = /<details>.*?```\n(.*?)\n```/s.exec(firstScreen) ?? [];
  expect(unfolded).toContain(`\`\`\`\n${whole.split('\n').slice(-8).join('\n')}\n\`\`\``);
});

test('every command, script and variable that README and SECURITY name exists', () => {
  const text = readme + read('SECURITY.md') + read('docs/SECURITY.md');
  const commands = namesIn(text, /npx tailrace (?!--)([a-z]+)/g);
  const scripts = namesIn(text, /npm run ([\w:]+)/g);
  const variables = namesIn(text, /\b(TAILRACE_[A-Z_]+)/g);
  expect([commands.length, scripts.length, variables.length].every((count) => count > 1)).toBe(true);
  expect(commands.filter((name) => name !== 'help' && !COMMANDS.some((command) => command.name === name))).toEqual([]);
  expect(scripts.filter((name) => !(name in JSON.parse(read('package.json')).scripts))).toEqual([]);
  const known = ['TAILRACE_CONFIG', ...SETTINGS.flatMap(({ environment }) => [environment, `${environment}_FILE`])];
  expect(variables.filter((name) => !known.includes(name))).toEqual([]);
});

test('every command has a line in README', () => {
  const [, table = ''] = readme.split('\n## Commands\n');
  expect(COMMANDS.map(({ name }) => name).filter((name) => !new RegExp(`^\\|.*\`${name}\\b.*\\|`, 'm').test(table))).toEqual([]);
});

test('a picture of README is light', () => {
  const pictures = namesIn(readme, /!\[[^\]]*\]\(([^)]+)\)/g);
  expect(pictures.length).toBeGreaterThan(0);
  expect(pictures.filter((name) => statSync(path.join(ROOT, name)).size > PICTURE_BYTES)).toEqual([]);
});

test('what a day costs is what check says', () => {
  const [, section = ''] = /\n## What a day takes\n(.*?)\n## /s.exec(readme) ?? [];
  const figures = [...`${requestsText(5_000)} ${filesText()}`.matchAll(/\$\d+\.\d\d|about \d+(?= new files)|at most [\d.]+ M/g)];
  expect(figures).toHaveLength(4);
  for (const [figure] of figures) expect(section).toContain(figure.replace('about ', ''));
});
