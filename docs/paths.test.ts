import { existsSync, readFileSync } from 'node:fs';
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

/** Objects of a lake look like files of ours. */
const OF_A_LAKE = /^(?:stream|data|schema|facts|snapshot|readers|control|epoch)\//;
