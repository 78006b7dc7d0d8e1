import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SETTINGS } from '../../core/config.ts';
import { METRICS } from '../../core/metrics.ts';
import { unknownCommands } from './known-commands.ts';

/** The top of the repository. */
export const TOP = path.resolve(import.meta.dirname, '../..');

const SCRIPTS = new Set(Object.keys((JSON.parse(readFileSync(path.join(TOP, 'package.json'), 'utf8')) as { scripts: object }).scripts));

/** Variables that the code reads and that are no setting, such as TAILRACE_CONFIG. */
const OTHER_VARIABLES: ReadonlySet<string> = new Set(
  globSync('{bin,cli,core,docker,examples,test}/**/*.{ts,js}', { cwd: TOP })
    .filter((file) => !file.endsWith('.test.ts'))
    .flatMap((file) =>
      [...readFileSync(path.join(TOP, file), 'utf8').matchAll(/\[?['".](TAILRACE_[A-Z_]+)\b/g)].map(([, name = '']) => name),
    ),
);

/** Variables that compose puts into its own file, with a default there. */
const COMPOSE_VARIABLES: ReadonlySet<string> = new Set(
  globSync('docker/compose.yml', { cwd: TOP }).flatMap((file) =>
    all(readFileSync(path.join(TOP, file), 'utf8'), /\$\{(TAILRACE_[A-Z_]+):-/g),
  ),
);

/**
 * Names in a file that the product does not have: variables, metrics, commands with their flags,
 * scripts and paths. `file` is relative to the top. Reads nothing but the list of files.
 */
export async function unknownNames(file: string, text: string): Promise<string[]> {
  return [
    ...unknownVariables(text),
    ...unknownMetrics(file, text),
    ...(await unknownCommands(text)),
    ...unknownScripts(text),
    ...unknownPaths(file, text),
  ];
}

function unknownVariables(text: string): string[] {
  return all(text, /\b(TAILRACE_[A-Z_]*[A-Z])\b/g).filter((name) => !isVariable(name));
}

function isVariable(name: string): boolean {
  const isSetting = SETTINGS.some(({ environment }) => environment === name || `${environment}_FILE` === name);
  return isSetting || OTHER_VARIABLES.has(name) || COMPOSE_VARIABLES.has(name);
}

/** Only in files of Prometheus, Alertmanager and Grafana: elsewhere they are databases or roles. */
function unknownMetrics(file: string, text: string): string[] {
  if (!/prometheus|grafana|alertmanager/.test(file)) return [];
  return all(text, /\b(tailrace_[a-z_]+)\b/g).filter((name) => !(name in METRICS));
}

function unknownScripts(text: string): string[] {
  return all(text, /npm run (?:--?[\w-]+ )*([a-z][\w:]*)/g)
    .filter((name) => !SCRIPTS.has(name))
    .map((name) => `npm run ${name}`);
}

const ROOTS = String.raw`deploy|docker|docs|examples|test|bench|warehouse-sql|monitor-page|watcher-page|\.ci|\.github`;

/** Paths from the top, from the file's own folder, and below /app of the image. */
function unknownPaths(file: string, text: string): string[] {
  const here = path.join(TOP, path.dirname(file));
  const fromTop = all(text, new RegExp(String.raw`(?<![\w./-])((?:${ROOTS})/[\w./-]*\w)(?![\w./-]*[\w*{<$@])`, 'g')).filter(
    (name) => !existsSync(path.join(TOP, name)) && !existsSync(path.join(here, name)) && !isMade(name),
  );
  const fromHere = /\.ya?ml$/.test(file)
    ? all(text, /(?:^|[\s"':=])(\.{1,2}\/[\w./-]*\w)/gm).filter((name) => !existsSync(path.join(here, name)) && !isMade(name))
    : [];
  const inImage = all(text, /(?<![\w.])\/app\/([\w./-]*\w)/g).filter((name) => !isInImage(name));
  return [...fromTop, ...fromHere, ...inImage];
}

/**
 * Below /app: as in the tree, compiled, or copied and made by the Dockerfile under another name.
 */
function isInImage(name: string): boolean {
  const dockerfile = path.join(TOP, 'docker/Dockerfile');
  const text = existsSync(dockerfile) ? readFileSync(dockerfile, 'utf8') : '';
  const copied = [...text.matchAll(/cp -r (\S+) \/app\/(\S+)/g)].map(([, from = '', to = '']) => [to, from] as const);
  const [to, from] = copied.find(([place]) => name === place || name.startsWith(`${place}/`)) ?? ['', ''];
  const source = from + name.slice(to.length);
  const made = ['dist', 'node_modules', 'sbom.cdx.json'].includes(name);
  return made || existsSync(path.join(TOP, source)) || existsSync(path.join(TOP, source.replace(/^dist\/(.*)\.js$/, '$1.ts')));
}

/** Files that docker/secrets.sh makes; git does not have them. */
function isMade(name: string): boolean {
  return /(?:^|\/)secrets(?:\/|$)/.test(name);
}

function all(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))];
}
