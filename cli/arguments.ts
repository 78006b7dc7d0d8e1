import { parseArgs } from 'node:util';
import { SETTINGS, settingsOf } from '../core/config.ts';
import { TailraceError } from '../core/errors.ts';
import type { CommandName } from '../core/setting.ts';
import type { Arguments, CommandForm } from './command.ts';

/** Parses the words after the command's name. Throws BAD_ARGUMENT that names the wrong word. */
export function parseArguments(name: CommandName, form: CommandForm, argv: readonly string[]): Arguments {
  const hint = `See \`tailrace ${name} --help\`.`;
  const refuse = (what: string): never => {
    throw new TailraceError('BAD_ARGUMENT', what, { hint });
  };
  const switches = new Map(known(name, form));
  const options = Object.fromEntries(
    [...switches].map(([flag, isSwitch]) => [
      flag,
      { type: isSwitch ? ('boolean' as const) : ('string' as const), multiple: true, ...shortOf(form, flag) },
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
  const files: string[] = [];
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
    // Nobody would notice a filter that is ignored.
    if (token.name === 'tables' && !takesTables(name, form)) refuse(`${name} always works on all tables; ${token.rawName} cannot limit it`);
    if (isSwitch && token.inlineValue === true && token.value !== 'true') refuse(`${token.rawName} takes no value`);
    if (!isSwitch && token.inlineValue === false && value.startsWith('--')) refuse(`${token.rawName} needs a value`);
    if (form.flags.some((flag) => flag.name === token.name)) flags.set(token.name, [...(flags.get(token.name) ?? []), value]);
    else if (token.name === 'config') files.push(value);
    else settings[token.name] = value;
  }
  const [least, most] = form.words;
  if (!help && words.length < least) refuse(`an argument is missing: tailrace ${name} ${form.usage}`);
  if (!help && words.length > most) refuse(`${name} takes no argument "${words[most]}"`);
  return { flags, settings, files, words, help };
}

/** In the environment and the file, `tables` may stand for other commands. */
function takesTables(name: CommandName, { flags }: CommandForm): boolean {
  return settingsOf(name).some(({ key }) => key === 'tables') || flags.some((flag) => flag.name === 'tables');
}

/** A command that reads settings accepts the flags of all: the same flags then fit any command. */
function known(name: CommandName, form: CommandForm): [string, boolean][] {
  const own = form.flags.map((flag): [string, boolean] => [flag.name, flag.placeholder === undefined]);
  if (settingsOf(name).length === 0) return own;
  const shared = SETTINGS.flatMap(({ flag, isSwitch }): [string, boolean][] => (flag === null ? [] : [[flag, isSwitch]]));
  return [...shared, ['config', false], ...own];
}

function shortOf(form: CommandForm, flag: string): { readonly short?: string } {
  const short = form.flags.find(({ name }) => name === flag)?.short;
  return short === undefined ? {} : { short };
}
