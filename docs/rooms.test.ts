import { globSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './pages.ts';

const ARCHITECTURE = readFileSync(path.join(ROOT, 'docs/ARCHITECTURE.md'), 'utf8');
const NOTHING = 'nothing of ours';

interface LintOverride {
  readonly files: readonly string[];
  readonly rules: { readonly 'no-restricted-imports'?: [string, { patterns: LintPattern[] }] };
}

interface LintPattern {
  readonly regex: string;
  readonly message: string;
}

/** Room → what it may import, as the page says. */
function rooms(): Map<string, string> {
  return new Map([...ARCHITECTURE.matchAll(/^\| `([\w-]+)\/` \|.*\| ([^|]+) \|$/gm)].map(([, room = '', allowed = '']) => [room, allowed]));
}

/** Room → shelf → what it may import of its room, as the page says. */
function shelves(): Map<string, Map<string, string>> {
  const found = new Map<string, Map<string, string>>();
  for (const [, room = '', shelf = '', allowed = ''] of ARCHITECTURE.matchAll(/^\| `([\w-]+)\/([\w-]+)\/` \|.*\| ([^|]+) \|$/gm)) {
    found.set(room, (found.get(room) ?? new Map<string, string>()).set(shelf, allowed));
  }
  return found;
}

/** Folder → its walls, as lint has them. */
function walls(): Map<string, LintPattern[]> {
  const config = JSON.parse(readFileSync(path.join(ROOT, '.oxlintrc.json'), 'utf8')) as { overrides: LintOverride[] };
  return new Map(
    config.overrides.flatMap(({ files: [glob = ''], rules }) => {
      const [, restricted] = rules['no-restricted-imports'] ?? [];
      return restricted === undefined ? [] : [[glob.replace('/**/*.ts', ''), restricted.patterns] as const];
    }),
  );
}

/** Names of folders in `/(?:a|b)/` or `^\.\./(?:a/|b/|[^/]+$)`. */
function namesIn(regex: string): string[] {
  return (/\(\?:(.*)\)/.exec(regex)?.[1] ?? '').split('|').map((name) => name.replace(/\/$/, ''));
}

const listed = (allowed: string | undefined): string[] => (allowed === NOTHING || allowed === 'nothing' ? [] : (allowed?.split(', ') ?? []));

test('the table of rooms is the one that lint enforces', () => {
  const said = rooms();
  const enforced = walls();
  const names = [...enforced.keys()].filter((folder) => !folder.includes('/'));
  expect(names).toEqual([...said.keys()].filter((room) => said.get(room) !== 'everything'));
  for (const room of names) {
    const [wall] = enforced.get(room) ?? [];
    expect(wall?.message).toBe(`${room}/ may import only: ${said.get(room)} (docs/ARCHITECTURE.md).`);
    const others = [...said.keys(), 'bench', 'deploy', 'docker', 'examples', 'test'].filter((other) => other !== room && !listed(said.get(room)).includes(other));
    expect(new Set(namesIn(wall?.regex ?? ''))).toEqual(new Set(others));
  }
});

test('the table of shelves is the one that lint enforces', () => {
  const enforced = walls();
  const said = [...shelves()].flatMap(([room, of]) => [...of].map(([shelf, allowed]) => ({ room, shelf, allowed, closed: closedTo(of, shelf) })));
  const walled = said.filter(({ closed }) => closed.length > 0);
  expect(walled.length).toBeGreaterThan(15);
  expect([...enforced.keys()].filter((folder) => folder.includes('/'))).toEqual(walled.map(({ room, shelf }) => `${room}/${shelf}`));
  for (const { room, shelf, allowed, closed } of walled) {
    const patterns = enforced.get(`${room}/${shelf}`) ?? [];
    // An override replaces the walls of the whole room, so a shelf repeats them.
    expect(patterns.slice(0, -1)).toEqual(enforced.get(room) ?? []);
    expect(patterns.at(-1)?.message).toBe(`${room}/${shelf}/ may import of ${room}/ only: ${allowed} (docs/ARCHITECTURE.md).`);
    expect(namesIn(patterns.at(-1)?.regex ?? '')).toEqual(closed);
  }
});

/** What of its room a shelf may not import. */
function closedTo(of: ReadonlyMap<string, string>, shelf: string): string[] {
  const allowed = of.get(shelf);
  if (allowed === 'everything') return [];
  const others = [...of.keys()].filter((other) => other !== shelf && !listed(allowed).includes(other));
  return listed(allowed).includes('its top') ? others : [...others, '[^/]+$'];
}

test('each folder of a room with shelves is a shelf', () => {
  for (const [room, of] of shelves()) {
    const folders = readdirSync(path.join(ROOT, room), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(new Set(folders.map(({ name }) => name))).toEqual(new Set(of.keys()));
  }
});

test('no folder has more than 40 files beside its tests', () => {
  const files = globSync('{bench,cli,compactor,core,deploy,docker,docs,examples,lake,monitor,postgres,replicator,snapshotter,test,transformer,verifier,warehouse,watcher}*/**/*.*', { cwd: ROOT });
  const counts = new Map<string, number>();
  for (const file of files.filter((name) => !/\.(test|contract)\.ts$/.test(name))) {
    counts.set(path.dirname(file), (counts.get(path.dirname(file)) ?? 0) + 1);
  }
  expect(counts.size).toBeGreaterThan(50);
  expect([...counts].filter(([, count]) => count > 40)).toEqual([]);
});

test('a row can be followed by file names through every room', () => {
  const way = ARCHITECTURE.slice(ARCHITECTURE.indexOf('## The way of one row'), ARCHITECTURE.indexOf('## Processes'));
  const visited = new Set([...way.matchAll(/`([\w-]+)\/[\w./-]+\.(?:ts|sql)`/g)].map(([, room]) => room));
  expect([...rooms().keys()].filter((room) => !visited.has(room))).toEqual([]);
});

/** Lint forbids what has a name of its own; `new Date()` has none. */
test('only core/time.ts asks for the time', () => {
  const files = globSync('{cli,compactor,core,lake,monitor,postgres,replicator,snapshotter,transformer,verifier,warehouse,watcher}/**/*.ts', { cwd: ROOT });
  const product = files.filter((file) => !/\.(test|contract)\.ts$/.test(file) && file !== path.join('core', 'time.ts'));
  expect(product.length).toBeGreaterThan(300);
  expect(product.filter((file) => /new Date\(\)|\bDate\(\)/.test(readFileSync(path.join(ROOT, file), 'utf8')))).toEqual([]);
});
