import { expect, test } from 'vitest';
import { COMMANDS } from './commands/all.ts';
import { commandHelp, overview } from './help.ts';

test('the overview names every command', () => {
  const text = overview(COMMANDS);
  for (const { name, summary } of COMMANDS) expect(text).toMatch(new RegExp(`^ {2}${name} +${summary.slice(0, 10)}`, 'm'));
});

test.each(COMMANDS.map((entry) => [entry.name, entry] as const))('%s has help that a newcomer can work from', async (name, entry) => {
  const { command } = await entry.load();
  const text = commandHelp(name, command);
  expect(text).toMatch(new RegExp(`^Usage: tailrace ${name}`));
  for (const flag of command.flags) expect(text).toContain(`--${flag.name}`);
  expect(text).toMatch(/\nExamples:\n {2}tailrace /);
  expect(text).toMatch(/\nExit codes:\n {2}0 +\w/);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(140);
});
