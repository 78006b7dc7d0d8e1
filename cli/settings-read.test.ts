import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { settingsOf } from '../core/config.ts';
import { READERS } from '../core/setting.ts';

/** Files of cli/ that a file imports, with itself. */
function imported(file: string, known = new Set<string>()): Set<string> {
  if (known.has(file)) return known;
  known.add(file);
  for (const [, target = ''] of readFileSync(file, 'utf8').matchAll(/from '(\.[^']+)'/g)) {
    const found = path.resolve(path.dirname(file), target);
    if (found.startsWith(`${import.meta.dirname}/`)) imported(found, known);
  }
  return known;
}

const main = readFileSync(path.join(import.meta.dirname, 'main.ts'), 'utf8');
const helpers = readFileSync(path.join(import.meta.dirname, '../core/config.ts'), 'utf8').split(/\n(?=\/\*\*|export |function )/);

/** The code of a command in cli/, with the functions of core/config.ts that it calls. */
function codeOf(command: string): string {
  const own = [...imported(path.join(import.meta.dirname, `commands/${command}.ts`))].map((file) => readFileSync(file, 'utf8')).join('\n');
  const called = helpers.filter((text) => {
    const name = /^export function (\w+)\(config: /.exec(text)?.[1];
    return name !== undefined && own.includes(`${name}(`);
  });
  return [main, own, ...called].join('\n');
}

// The other direction is a type error: the configuration of a command lacks what does not name it.
test.each(READERS)('%s reads every setting that names it', (command) => {
  const code = codeOf(command);
  const unread = settingsOf(command).filter(({ key }) => !code.includes(`config.${key}`) && !code.includes(`'${key}'`));
  expect(unread.map(({ key }) => key)).toEqual([]);
});
