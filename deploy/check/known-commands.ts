import { parse } from 'yaml';
import { COMMANDS } from '../../cli/commands/all.ts';
import { settingsOf } from '../../core/config.ts';

const FLAGS_OF_ALL = ['help', 'config'];
/** How a line starts the program: npx, a container's shell, or its file. */
const STARTED = /(?:npx tailrace|-- tailrace|tailrace\.js) ([a-z]+)((?: [^\n|&;`#]*)?)/g;

/**
 * Commands in a text that the program does not have, and flags that a command does not have. Lines
 * of a shell count, and commands of the services of a compose file.
 */
export async function unknownCommands(text: string): Promise<string[]> {
  const started = [...text.matchAll(STARTED)].map(([, name = '', rest = '']) => ({ name, rest }));
  const found = await Promise.all([...started, ...commandsOfServices(text)].map(unknownIn));
  return found.flat();
}

async function unknownIn({ name, rest }: { name: string; rest: string }): Promise<string[]> {
  if (name === 'help') return [];
  const entry = COMMANDS.find((command) => command.name === name);
  if (entry === undefined) return [`tailrace ${name}`];
  const { command } = await entry.load();
  const known = [...settingsOf(entry.name).map(({ flag }) => flag), ...command.flags.map((flag) => flag.name), ...FLAGS_OF_ALL];
  const flags = [...rest.matchAll(/(?<=\s)--([a-z][\w-]*)/g)].map(([, flag = '']) => flag);
  return flags.filter((flag) => !known.includes(flag)).map((flag) => `tailrace ${name} --${flag}`);
}

interface Service {
  readonly image?: unknown;
  readonly entrypoint?: unknown;
  readonly command?: unknown;
}

/** Services that run our image with its own entry point. */
function commandsOfServices(text: string): { name: string; rest: string }[] {
  if (!/^services:$/m.test(text)) return [];
  const { services } = parse(text, { merge: true }) as { services: Readonly<Record<string, Service>> };
  return Object.values(services).flatMap(({ image, entrypoint, command }) => {
    if (!/tailrace/.test(String(image)) || entrypoint !== undefined || !Array.isArray(command)) return [];
    const [name, ...rest] = command.map(String);
    return [{ name: name ?? '', rest: ` ${rest.join(' ')}` }];
  });
}
