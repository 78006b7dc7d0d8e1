import { TailraceError } from '../core/errors.ts';
import type { CommandForm, SubcommandForm } from './command.ts';

/** What is known of a subcommand: its form, and the number of words after its name. */
type Subcommand = Omit<SubcommandForm, 'name'> & Pick<CommandForm, 'words'>;

/** The flags of all subcommands, each once; its help says whose it is. */
export function subcommandFlags(subcommands: Readonly<Record<string, Subcommand>>): CommandForm['flags'] {
  const all = Object.entries(subcommands).flatMap(([subcommand, { flags }]) => flags.map((flag) => ({ ...flag, subcommand })));
  return [...Map.groupBy(all, ({ name }) => name).values()].flatMap((same) => {
    const [flag] = same;
    const names = same.map(({ subcommand }) => subcommand).join(', ');
    return flag === undefined ? [] : [{ ...flag, help: `${names}: ${flag.help}` }];
  });
}

/** Throws BAD_ARGUMENT that names the word or the flag that does not fit. */
export function chosenSubcommand<S extends Subcommand>(
  command: string,
  subcommands: Readonly<Record<string, S>>,
  { name, words, flags }: { readonly name: string; readonly words: readonly string[]; readonly flags: readonly string[] },
): S {
  const subcommand = subcommands[name];
  const [least, most] = subcommand?.words ?? [0, 0];
  const hint = `See \`tailrace help ${command}${subcommand === undefined ? '' : ` ${name}`}\`.`;
  const forms = Object.entries(subcommands).map(([one, { usage }]) => `${one} ${usage}`.trimEnd());
  if (subcommand === undefined || words.length < least || words.length > most)
    throw new TailraceError(
      'BAD_ARGUMENT',
      `"${[name, ...words].join(' ')}" is not a subcommand of ${command}; allowed: ${forms.join(', ')}`,
      {
        hint,
      },
    );
  const strange = flags.find((flag) => subcommand.flags.every((own) => own.name !== flag));
  if (strange !== undefined) throw new TailraceError('BAD_ARGUMENT', `${command} ${name} has no flag --${strange}`, { hint });
  return subcommand;
}
