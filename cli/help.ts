import { settingsOf } from '../core/config.ts';
import type { Setting } from '../core/config.ts';
import { ROLES } from '../core/setting.ts';
import type { CommandName } from '../core/setting.ts';
import type { CommandForm } from './command.ts';

/** Columns of a terminal. */
const WIDTH = 100;
/** Columns of the flags; a longer one has a line of its own. */
const LEFT = 29;

/** The overview: what tailrace is and its commands. */
export function overview(commands: readonly { name: string; summary: string }[]): string {
  return [
    'tailrace: your Postgres tables in ClickHouse, seconds behind.',
    '',
    'Usage: tailrace <command> [flags]',
    '',
    'Commands:',
    ...columns(commands.map(({ name, summary }) => [name, summary])),
    '',
    'First steps:',
    ...columns([
      ['tailrace demo', 'see it work on a sample shop'],
      ['tailrace check --source URL', 'is my database ready, and what will it cost?'],
      ['tailrace run --source URL', 'replicate until stopped'],
    ]),
    '',
    'A URL looks like postgres://user@host:5432/database.',
    '`tailrace help COMMAND` lists the flags and exit codes of a command; `tailrace --version` prints',
    'the version. Each setting can also be given in the environment (--source is TAILRACE_SOURCE),',
    'in a file that the environment names (TAILRACE_SOURCE_FILE) or in a file of settings (--config',
    'FILE.yaml). `tailrace config` prints what applies; docs/CONFIG.md lists all settings.',
    '',
  ].join('\n');
}

/** The form that help shows: that of a subcommand where the first word names one. */
export function formOf(command: CommandForm, word: string | undefined): CommandForm {
  const named = command.subcommands?.find(({ name }) => name === word);
  if (named === undefined) return command;
  const { about, examples, flags } = named;
  return { about, examples, flags, usage: `${named.name} ${named.usage}`.trimEnd(), words: command.words, exits: command.exits };
}

/** The help of one command: its form, and the settings that it reads. */
export function commandHelp(name: CommandName, form: CommandForm): string {
  const flags = form.flags.map(({ short, name: flag, placeholder, help }): Row => [
    `${short === undefined ? '' : `-${short}, `}--${flag}${value(placeholder)}`,
    help,
  ]);
  const settings = settingsOf(name);
  const later = settings.filter((setting) => roleOf(name, setting) !== null);
  const first = settings.filter((setting) => !later.includes(setting)).map(settingRow);
  if (settings.length > 0)
    first.push([
      '--config FILE.yaml',
      'read settings from a file (docs/CONFIG.md has the keys); flags and the environment override it. Given again, the later file overrides the earlier one',
    ]);
  return [
    ...wrap(`Usage: tailrace ${name} ${form.usage}`.trimEnd(), WIDTH).map((line, index) => (index === 0 ? line : `         ${line}`)),
    '',
    ...wrap(form.about, WIDTH),
    ...block(
      'Subcommands',
      columns((form.subcommands ?? []).map(({ name: word, usage, summary }): Row => [`${word} ${usage}`.trimEnd(), summary])),
    ),
    ...block(
      'Examples',
      form.examples.map((example) => `  ${example}`),
    ),
    ...block('Flags', columns(flags)),
    ...block('Settings (default)', columns(first)),
    ...block('Exit codes', columns(Object.entries(form.exits).map(([code, meaning]) => [code, meaning]))),
    ...ROLES.flatMap((role) =>
      block(
        `Settings of the ${role} role (tailrace help ${role})`,
        columns(later.filter((setting) => roleOf(name, setting) === role).map(settingRow)),
      ),
    ),
    '',
  ].join('\n');
}

/** The role under which `run` lists a fine-tuning setting; null: it is listed first. */
function roleOf(name: CommandName, { key, readBy }: Setting): string | null {
  const roles = ROLES.filter((role) => readBy.includes(role));
  return name === 'run' && key.includes('.') && roles.length === 1 ? (roles[0] ?? null) : null;
}

type Row = readonly [left: string, right: string];

function settingRow({ key, flag, environment, placeholder, help, defaultSays, isSwitch }: Setting): Row {
  const notes = [...(defaultSays === 'none' || isSwitch ? [] : [defaultSays]), ...(flag === null ? [`in the file: ${key}`] : [])];
  return [flag === null ? environment : `--${flag}${value(placeholder)}`, notes.length === 0 ? help : `${help} (${notes.join('; ')})`];
}

function block(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines];
}

function value(placeholder: string | undefined): string {
  return placeholder === undefined || placeholder === '' ? '' : ` ${placeholder}`;
}

function columns(rows: readonly Row[]): string[] {
  const width = Math.min(LEFT, Math.max(0, ...rows.map(([left]) => left.length)));
  return rows.flatMap(([left, right]) => {
    const lines = wrap(right, WIDTH - width - 4);
    const first = left.length > width ? [`  ${left}`] : [`  ${left.padEnd(width)}  ${lines.shift() ?? ''}`.trimEnd()];
    return [...first, ...lines.map((line) => `${' '.repeat(width + 4)}${line}`)];
  });
}

/** Words → lines of at most `width` characters; a longer word has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
