import { readFile } from 'node:fs/promises';
import { SETTINGS } from '../core/config.ts';
import { TailraceError } from '../core/errors.ts';
import type { ConfigFile } from '../core/sections/resolve-config.ts';

/**
 * The files of settings, the strongest last: those of --config, or else those of TAILRACE_CONFIG,
 * which divides them with commas.
 */
export function configPaths(flags: readonly string[], variable: string | undefined): readonly string[] {
  if (flags.length > 0) return flags;
  return (variable ?? '')
    .split(',')
    .map((path) => path.trim())
    .filter((path) => path !== '');
}

/**
 * Reads a YAML file of settings into text by key. Nested maps become keys with dots (`replicate: {
 * memory: 64MiB }` is `replicate.memory`), and lists are joined with commas. A structure such as
 * `table` stays JSON. Throws BAD_CONFIG.
 */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new TailraceError('BAD_CONFIG', `the config file "${path}" cannot be read`, { cause });
  });
  return { path, values: await parseConfigFile(path, text) };
}

/** `readConfigFile` on a text; `path` is for errors. */
export async function parseConfigFile(path: string, text: string): Promise<Map<string, string>> {
  // Most starts have no such file, and every import here delays every command.
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem !== undefined) {
    throw new TailraceError('BAD_CONFIG', `${path} is not valid YAML at line ${problem.linePos?.[0].line ?? '?'}: ${problem.code}`);
  }
  const found = new Map<string, string>();
  const content: unknown = document.toJS();
  if (content !== null && (typeof content !== 'object' || Array.isArray(content))) {
    throw new TailraceError('BAD_CONFIG', `${path} is ${JSON.stringify(content)}; allowed: lines of the form key: value`);
  }
  flatten(content, '', found);
  return found;
}

const STRUCTURES: ReadonlySet<string> = new Set(SETTINGS.filter(({ placeholder }) => placeholder === 'JSON').map(({ key }) => key));

function flatten(value: unknown, prefix: string, into: Map<string, string>): void {
  if (value === null || value === undefined) return;
  if (STRUCTURES.has(prefix)) into.set(prefix, JSON.stringify(value));
  else if (Array.isArray(value)) into.set(prefix, value.map(String).join(','));
  else if (typeof value === 'object') {
    for (const [key, part] of Object.entries(value)) flatten(part, prefix === '' ? key : `${prefix}.${key}`, into);
  } else into.set(prefix, typeof value === 'string' ? value : JSON.stringify(value));
}
