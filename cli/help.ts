import { SETTINGS } from '../core/config.ts';
import type { Command } from './command.ts';

const WIDTH = 100;

/** The overview: what tailrace is and its commands. */
export function overview(commands: readonly { name: string; summary: string }[]): string {
  return [
    'tailrace: Postgres tables in ClickHouse, seconds behind.',
    '',
    'Usage: tailrace <command> [--source URL] [--lake DIR|s3://…] [--warehouse DIR|http(s)://…] [--tables GLOB,…] [--config FILE.yaml]',
    '',
    'Commands:',
    ...columns(commands.map(({ name, summary }) => [name, summary])),
    '',
    'First steps:',
    '  tailrace demo                                      see it work on a shop of its own',
    '  tailrace check --source postgres://user@host/db    is my database ready, and what will it cost',
    '  tailrace run --source postgres://user@host/db      replicate until stopped',
    '',
    'tailrace --version prints the version. Each command has its own help: tailrace <command> --help. Settings also come from the environment',
    '(TAILRACE_SOURCE, TAILRACE_LAKE, …) and from --config; docs/CONFIG.md lists them all.',
    '',
  ].join('\n');
}

/** All about one command. */
export function commandHelp(name: string, command: Command): string {
  const shown = SETTINGS.filter(({ key }) => command.settings?.includes(key));
  const flags = command.flags.map((flag): [string, string] => [
    `${flag.short === undefined ? '' : `-${flag.short}, `}--${flag.name}${value(flag.placeholder)}`,
    flag.help,
  ]);
  const settings = shown.map((setting): [string, string] => [
    setting.flag === null ? setting.environment : `--${setting.flag}${value(setting.placeholder)}`,
    `${setting.help} (${setting.defaultSays})`,
  ]);
  if (command.settings !== null) settings.push(['--config FILE.yaml', 'read settings from a file; flags and TAILRACE_… are stronger']);
  return [
    `Usage: tailrace ${name} ${command.usage}`.trimEnd(),
    '',
    ...wrap(command.about, WIDTH),
    ...block('Flags', columns(flags)),
    ...block('Settings (default)', columns(settings)),
    ...block(
      'Examples',
      command.examples.map((example) => `  ${example}`),
    ),
    ...block('Exit codes', columns(Object.entries(command.exits).map(([code, meaning]) => [code, meaning]))),
    '',
  ].join('\n');
}

function block(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines];
}

function value(placeholder: string | undefined): string {
  return placeholder === undefined || placeholder === '' ? '' : ` ${placeholder}`;
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(34, Math.max(0, ...rows.map(([left]) => left.length)));
  return rows.flatMap(([left, right]) => {
    const lines = wrap(right, WIDTH - width - 4);
    const fits = left.length <= width;
    const first = fits ? [`  ${left.padEnd(width)}  ${lines.shift() ?? ''}`.trimEnd()] : [`  ${left}`];
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
