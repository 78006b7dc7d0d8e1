import { parseArgs } from 'node:util';
import { SETTINGS } from '../core/config.ts';
import { TailraceError } from '../core/errors.ts';
import type { Arguments, Command } from './command.ts';

/** The words after the command's name → what they mean. Throws BAD_ARGUMENT, naming the word. */
export function parseArguments(name: string, command: Command, argv: readonly string[]): Arguments {
  const hint = `See \`tailrace ${name} --help\`.`;
  const refuse = (what: string): never => {
    throw new TailraceError('BAD_ARGUMENT', what, { hint });
  };
  const switches = new Map(known(command));
  const options = Object.fromEntries(
    [...switches].map(([flag, isSwitch]) => [
      flag,
      { type: isSwitch ? ('boolean' as const) : ('string' as const), multiple: true, ...shortOf(command, flag) },
    ]),
  );
  const { tokens } = parseArgs({
    args: [...argv],
    options: { ...options, help: { type: 'boolean', short: 'h', multiple: true } },
    strict: false,
    tokens: true,
  });
  const flags = new Map<string, string[]>();
  const settings: Record<string, string> = {};
  const words: string[] = [];
  let help = false;
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    if (token.name === 'help') {
      help = true;
      continue;
    }
    const isSwitch = switches.get(token.name) ?? refuse(`${name} has no flag ${token.rawName}`);
    const value = token.value ?? (isSwitch ? 'true' : refuse(`${token.rawName} needs a value`));
    // A filter that filters nothing would be taken for one.
    if (token.name === 'tables' && !takesTables(command)) refuse(`${name} is about all tables, it cannot be narrowed by ${token.rawName}`);
    if (isSwitch && token.inlineValue === true && token.value !== 'true') refuse(`${token.rawName} takes no value`);
    if (!isSwitch && token.inlineValue === false && value.startsWith('--')) refuse(`${token.rawName} needs a value`);
    if (command.flags.some((flag) => flag.name === token.name)) flags.set(token.name, [...(flags.get(token.name) ?? []), value]);
    else settings[token.name] = value;
  }
  const [least, most] = command.words;
  if (!help && words.length < least) refuse(`${name} needs more: tailrace ${name} ${command.usage}`);
  if (!help && words.length > most) refuse(`${name} does not take "${words[most]}"`);
  return { flags, settings, words, help };
}

/** Of the environment and the file every command takes what it needs, and leaves the rest. */
function takesTables({ settings, flags }: Command): boolean {
  return settings?.includes('tables') === true || flags.some((flag) => flag.name === 'tables');
}

function known(command: Command): [string, boolean][] {
  const own = command.flags.map((flag): [string, boolean] => [flag.name, flag.placeholder === undefined]);
  if (command.settings === null) return own;
  const shared = SETTINGS.flatMap(({ flag, isSwitch }): [string, boolean][] => (flag === null ? [] : [[flag, isSwitch]]));
  return [...shared, ['config', false], ...own];
}

function shortOf(command: Command, flag: string): { readonly short?: string } {
  const short = command.flags.find(({ name }) => name === flag)?.short;
  return short === undefined ? {} : { short };
}
