import { readFileSync } from 'node:fs';
import { TailraceError } from '../../core/errors.ts';
import type { Command, CommandContext } from '../command.ts';
import { flagValue } from '../command.ts';
import { runDemo } from '../demo/demo-story.ts';
import { keepShop } from '../demo/shop-keeper.ts';
import { output } from '../outlet.ts';
import { stopSignal } from '../stop-signal.ts';

export const command: Command<'demo'> = {
  usage: '[--rows N] [--rate N] [--seconds N] [--keep] [--port N] | --source URL [--rows N] [--rate N]',
  about:
    'Shows the whole pipeline on this machine, with no setup. It starts its own Postgres 18, creates a shop with two years of history and replicates it ' +
    'while customers keep ordering. Then it queries the warehouse and verifies that both sides are equal. Everything is removed at the end. ' +
    'With --source it only keeps the shop busy in a given Postgres until it is stopped; the shop stays there.',
  examples: ['tailrace demo', 'tailrace demo --rows 100000 --rate 500 --keep', 'tailrace demo --source postgres://me@db/shop --rate 200'],
  flags: [
    { name: 'source', placeholder: 'URL', help: 'only create the shop in this Postgres, unless it is there, and change it until a signal' },
    {
      name: 'source-file',
      placeholder: 'PATH',
      help: 'as --source, but the URL is in this file, so that its password is in no list of processes',
    },
    { name: 'rows', placeholder: 'N', help: 'events in the history; the other tables scale with them (1000000)' },
    { name: 'rate', placeholder: 'N', help: 'changes per second of the live traffic (2000)' },
    { name: 'seconds', placeholder: 'N', help: 'duration of the traffic (15)' },
    { name: 'keep', help: 'keep everything running afterwards and print how to query it; Ctrl-C ends it' },
    { name: 'port', placeholder: 'N', help: 'port of its Postgres (a free one)' },
    { name: 'sql-port', placeholder: 'N', help: 'port of the SQL endpoint (8123, or a free one if it is in use)' },
    { name: 'http-port', placeholder: 'N', help: 'port of the page (8124, or a free one if it is in use)' },
  ],
  words: [0, 0],
  exits: {
    0: 'both sides are equal; --source: stopped by SIGTERM or SIGINT',
    1: 'they are not, or the demo was stopped',
    2: 'wrong arguments, or Postgres could not be started',
  },
  run: (context) => {
    const rows = number(context, 'rows', { otherwise: 1_000_000, least: 1_000, most: 1_000_000_000 });
    const rate = number(context, 'rate', { otherwise: 2_000, least: 1, most: 1_000_000 });
    const url = sourceOf(context);
    if (url !== null) return shop(context, { url, rows, rate });
    return runDemo({
      rows,
      rate,
      seconds: number(context, 'seconds', { otherwise: 15, least: 1, most: 86_400 }),
      keep: context.flags.has('keep'),
      port: flagValue(context, 'port') === undefined ? null : number(context, 'port', { otherwise: 0, least: 1, most: 65_535 }),
      sqlPort: flagValue(context, 'sql-port') ?? null,
      httpPort: flagValue(context, 'http-port') ?? null,
      log: context.log,
    });
  },
};

async function shop(context: CommandContext<'demo'>, wish: { url: string; rows: number; rate: number }): Promise<number> {
  await keepShop({ ...wish, signal: stopSignal(), log: context.log, onOpen: sayOpen });
  return 0;
}

function sayOpen(rows: number): void {
  output.say(`${JSON.stringify({ event: 'ready', rows })}\n`);
}

/** The Postgres of --source or --source-file; null: the demo starts its own. */
function sourceOf(context: CommandContext<'demo'>): string | null {
  const file = flagValue(context, 'source-file');
  if (file === undefined) return flagValue(context, 'source') ?? null;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new TailraceError('BAD_ARGUMENT', `--source-file: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function number(context: CommandContext<'demo'>, name: string, allowed: { otherwise: number; least: number; most: number }): number {
  const text = flagValue(context, name);
  if (text === undefined) return allowed.otherwise;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= allowed.least && value <= allowed.most) return value;
  throw new TailraceError('BAD_ARGUMENT', `--${name} is "${text}"; allowed: a whole number from ${allowed.least} to ${allowed.most}`, {
    hint: 'See `tailrace demo --help`.',
  });
}
