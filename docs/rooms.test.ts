import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './pages.ts';

const ARCHITECTURE = readFileSync(path.join(ROOT, 'docs/ARCHITECTURE.md'), 'utf8');
const NOTHING = 'nothing of ours';

interface LintOverride {
  readonly files: readonly string[];
  readonly rules: { readonly 'no-restricted-imports'?: [string, { patterns: { group: string[]; message: string }[] }] };
}

/** Room → what it may import, as the page says. */
function rooms(): Map<string, string> {
  return new Map([...ARCHITECTURE.matchAll(/^\| `([\w-]+)\/` \|.*\| ([^|]+) \|$/gm)].map(([, room = '', allowed = '']) => [room, allowed]));
}

test('the table of rooms is the one that lint enforces', () => {
  const config = JSON.parse(readFileSync(path.join(ROOT, '.oxlintrc.json'), 'utf8')) as { overrides: LintOverride[] };
  const said = rooms();
  const enforced = config.overrides.flatMap(({ files, rules }) => {
    const [, restricted] = rules['no-restricted-imports'] ?? [];
    const room = files[0]?.split('/')[0] ?? '';
    return (restricted?.patterns ?? []).map(({ group, message }) => ({ room, message, forbidden: group.map((glob) => glob.split('/')[1]) }));
  });
  expect(enforced.map(({ room }) => room)).toEqual([...said.keys()].filter((room) => said.get(room) !== 'everything'));
  for (const { room, message, forbidden } of enforced) {
    expect(message).toBe(`${room}/ may import only: ${said.get(room)} (docs/ARCHITECTURE.md).`);
    const allowed = said.get(room) === NOTHING ? [] : said.get(room)?.split(', ');
    const others = [...said.keys(), 'bench', 'docker', 'test'].filter((other) => other !== room && !allowed?.includes(other));
    expect(new Set(forbidden)).toEqual(new Set(others));
  }
});

test('a row can be followed by file names through every room', () => {
  const way = ARCHITECTURE.slice(ARCHITECTURE.indexOf('## The way of one row'), ARCHITECTURE.indexOf('## Processes'));
  const visited = new Set([...way.matchAll(/`([\w-]+)\/[\w./-]+\.(?:ts|sql)`/g)].map(([, room]) => room));
  expect([...rooms().keys()].filter((room) => !visited.has(room))).toEqual(['monitor']);
});

/** Lint forbids what has a name of its own; `new Date()` has none. */
test('nobody but core/time.ts asks what time it is', () => {
  const files = globSync('{cli,compactor,core,lake,monitor,postgres,replicator,snapshotter,verifier,warehouse}/**/*.ts', { cwd: ROOT });
  const product = files.filter((file) => !/\.(test|contract)\.ts$/.test(file) && file !== path.join('core', 'time.ts'));
  expect(product.length).toBeGreaterThan(300);
  expect(product.filter((file) => /new Date\(\)|\bDate\(\)/.test(readFileSync(path.join(ROOT, file), 'utf8')))).toEqual([]);
});
