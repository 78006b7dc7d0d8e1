import { TailraceError } from '../../core/errors.ts';
import type { Command, CommandContext } from '../command.ts';
import { flagValue } from '../command.ts';
import { runDemo } from '../demo/demo.ts';

export const command: Command = {
  usage: '[--rows N] [--rate N] [--seconds N] [--keep] [--port N]',
  about:
    'Shows the whole thing on this machine, with nothing to set up: starts a Postgres 18 of its own, makes a shop with two years of history, replicates it ' +
    'while customers go on ordering, asks the warehouse a question, and proves that both sides are equal. Everything is removed at the end.',
  examples: ['tailrace demo', 'tailrace demo --rows 100000 --rate 500 --keep'],
  flags: [
    { name: 'rows', placeholder: 'N', help: 'events in the history; orders and the rest follow (1000000)' },
    { name: 'rate', placeholder: 'N', help: 'changes per second of the live traffic (2000)' },
    { name: 'seconds', placeholder: 'N', help: 'how long the traffic lasts (15)' },
    { name: 'keep', help: 'leave everything up afterwards, and say how to query it; Ctrl-C ends it' },
    { name: 'port', placeholder: 'N', help: 'port of the Postgres (any free one)' },
    { name: 'sql-port', placeholder: 'N', help: 'port of the SQL endpoint (8123, or any free one)' },
    { name: 'http-port', placeholder: 'N', help: 'port of the page (8124, or any free one)' },
  ],
  words: [0, 0],
  settings: null,
  exits: { 0: 'verified', 1: 'not verified', 2: 'wrong arguments, or Postgres could not be started' },
  run: (context) =>
    runDemo({
      rows: number(context, 'rows', { otherwise: 1_000_000, least: 1_000, most: 1_000_000_000 }),
      rate: number(context, 'rate', { otherwise: 2_000, least: 1, most: 1_000_000 }),
      seconds: number(context, 'seconds', { otherwise: 15, least: 1, most: 86_400 }),
      keep: context.flags.has('keep'),
      port: flagValue(context, 'port') === undefined ? null : number(context, 'port', { otherwise: 0, least: 1, most: 65_535 }),
      sqlPort: flagValue(context, 'sql-port') ?? null,
      httpPort: flagValue(context, 'http-port') ?? null,
      log: context.log,
    }),
};

function number(context: CommandContext, name: string, allowed: { otherwise: number; least: number; most: number }): number {
  const text = flagValue(context, name);
  if (text === undefined) return allowed.otherwise;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= allowed.least && value <= allowed.most) return value;
  throw new TailraceError('BAD_ARGUMENT', `--${name} is "${text}"; allowed is a whole number from ${allowed.least} to ${allowed.most}`, {
    hint: 'See `tailrace demo --help`.',
  });
}
