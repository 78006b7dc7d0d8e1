import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { PAGES, ROOT } from './pages.ts';

/** `folder/file.ts` in prose, code or a link; globs, placeholders and addresses are no paths. */
const PATH = /(?<![\w./<>-])[\w.-]+(?:\/[\w.-]+)+\.(?:ts|js|sql|json|md|yml)(?![\w/])/g;
const LINK = /\]\((?!https?:)([^)#]+)/g;

test.each(PAGES)('every file that %s names is there', (page) => {
  const text = readFileSync(path.join(ROOT, page), 'utf8').replaceAll(/https?:\/\/[^\s)]+/g, '');
  const links = [...text.matchAll(LINK)].map(([, target = '']) => path.join(path.dirname(page), target));
  const prose = text.replaceAll(LINK, '');
  const named = [...prose.matchAll(PATH)].map(([name]) => name).filter((name) => !OF_A_LAKE.test(name));
  expect([...links, ...named].filter((name) => !existsSync(path.join(ROOT, name)))).toEqual([]);
});

/** Objects of a lake or an export look like files of ours. */
const OF_A_LAKE = /^(?:\.\/exports|stream|data|schema|facts|snapshot|readers|control|epoch)\//;

/** Quick-open and our pages go by base names. A command's file has the name of the command. */
test('base names of product files are unique, commands aside', () => {
  const { include } = JSON.parse(readFileSync(path.join(ROOT, 'tsconfig.build.json'), 'utf8')) as { include: string[] };
  const files = globSync(
    [...include, 'monitor-page'].map((room) => `${room}/**/*.{ts,js,sql}`),
    { cwd: ROOT },
  );
  const products = files.filter((file) => !/\.(?:test|contract)\.ts$/.test(file) && !file.startsWith('cli/commands/'));
  expect(products.length).toBeGreaterThan(300);
  const clashes = Object.entries(Object.groupBy(products, (file) => path.basename(file))).filter(([, places = []]) => places.length > 1);
  expect(clashes).toEqual([]);
});
