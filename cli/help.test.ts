import { expect, test } from 'vitest';
import { SETTINGS, settingsOf } from '../core/config.ts';
import { ROLES } from '../core/setting.ts';
import { COMMANDS } from './commands/all.ts';
import { commandHelp, formOf, overview } from './help.ts';

const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

test('the overview names every command', () => {
  const text = overview(COMMANDS);
  for (const { name, summary } of COMMANDS) expect(text).toMatch(new RegExp(`^ {2}${name} +${summary.slice(0, 10)}`, 'm'));
  expect(widest(text)).toBeLessThanOrEqual(100);
});

test.each(COMMANDS.map((entry) => [entry.name, entry] as const))('%s has help that a newcomer can work from', async (name, entry) => {
  const { command } = await entry.load();
  const text = commandHelp(name, command);
  expect(text).toMatch(new RegExp(`^Usage: tailrace ${name}`));
  for (const flag of command.flags) expect(text).toContain(`--${flag.name}`);
  for (const { key, flag, environment } of settingsOf(name)) {
    expect(text).toContain(flag === null ? `  ${environment} ` : `  --${flag}`);
    if (flag === null) expect(text.replace(/\s+/g, ' ')).toContain(`in the file: ${key})`);
  }
  expect(text).toMatch(/\nExamples:\n {2}tailrace /);
  expect(text).toMatch(/\nExit codes:\n {2}0 +\w/);
  expect(widest(text)).toBeLessThanOrEqual(100);
});

test('run reads what its roles read, and lists the settings of a single role under its name', async () => {
  const read = new Set(ROLES.flatMap((role) => settingsOf(role)));
  expect(settingsOf('run')).toEqual(SETTINGS.filter((setting) => read.has(setting) || setting.key === 'processes'));
  const entry = COMMANDS.find(({ name }) => name === 'run');
  const text = commandHelp('run', (await entry?.load())?.command ?? expect.fail('there is no run'));
  const [first = '', ...roles] = text.split(/\nSettings of the /);
  expect(roles.map((block) => block.split(' ')[0])).toEqual(['replicate', 'snapshot', 'compact', 'transform', 'monitor']);
  expect(first).toContain('\n  --source URL ');
  expect(first).toContain('\n  --processes one|each');
  expect(roles[4]).toContain('\n  TAILRACE_ALERT_WEBHOOK ');
});

test('a command with subcommands lists them, and each has help of its own', async () => {
  const lake = (await COMMANDS.find(({ name }) => name === 'lake')?.load())?.command ?? expect.fail('there is no lake');
  const whole = commandHelp('lake', formOf(lake, undefined));
  expect(whole).toMatch(/^Usage: tailrace lake SUBCOMMAND/);
  const subcommands = lake.subcommands ?? [];
  expect(subcommands.length).toBeGreaterThan(5);
  for (const { name, usage, summary, about, flags } of subcommands) {
    expect(whole.replace(/\s+/g, ' ')).toContain(`${name} ${usage} ${summary}`.replace(/\s+/g, ' '));
    const text = commandHelp('lake', formOf(lake, name));
    expect(text).toMatch(new RegExp(`^Usage: tailrace lake ${name}`));
    expect(text.replace(/\s+/g, ' ')).toContain(about.replace(/\s+/g, ' '));
    for (const flag of lake.flags)
      expect(text.includes(`\n  --${flag.name} `), flag.name).toBe(flags.some((own) => own.name === flag.name));
    expect(widest(text)).toBeLessThanOrEqual(100);
  }
});
