import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../docs/pages.ts';
import { changelogProblems, releaseNotes } from './changelog.ts';

const read = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');
const GOOD = '# Changes\n\nA word.\n\n## 0.2.0, 2026-12-24\n\n* Two.\n\n## 0.1.0, 2026-11-30\n\n* One.\n';
const between = { version: '0.2.0', tag: null };
const released = { version: '0.2.0', tag: 'v0.2.0' };

test('a changelog whose newest entry is the version fits, between releases and at one', () => {
  expect(changelogProblems(GOOD, between)).toEqual([]);
  expect(changelogProblems(GOOD, released)).toEqual([]);
  expect(changelogProblems(GOOD.replace('## 0.2.0', '## Unreleased\n\n* New.\n\n## 0.2.0'), between)).toEqual([]);
  expect(changelogProblems(GOOD.replace('0.2.0, 2026-12-24', '0.2.0, not released'), between)).toEqual([]);
  expect(releaseNotes(GOOD, '0.2.0')).toBe('* Two.');
  expect(releaseNotes(GOOD, '0.3.0')).toBe('');
});

test.each([
  ['a version without an entry', GOOD, { version: '0.3.0', tag: null }, 'package.json has version 0.3.0, which has no entry.'],
  [
    'a version that is not the newest',
    GOOD,
    { version: '0.1.0', tag: null },
    'package.json has version 0.1.0, but the newest entry is 0.2.0.',
  ],
  ['an empty Unreleased', GOOD.replace('## 0.2.0', '## Unreleased\n\n## 0.2.0'), between, 'The entry Unreleased is empty.'],
  ['Unreleased below', GOOD.replace('## 0.1.0', '## Unreleased\n\n* New.\n\n## 0.1.0'), between, 'Unreleased is not the first entry.'],
  ['an empty entry', GOOD.replace('* One.', ''), between, 'The entry 0.1.0 is empty.'],
  ['no date', GOOD.replace(', 2026-12-24', ''), between, 'The entry of 0.2.0 has neither a date (YYYY-MM-DD) nor "not released".'],
  [
    'a day that does not exist',
    GOOD.replace('12-24', '13-24'),
    between,
    'The entry of 0.2.0 has neither a date (YYYY-MM-DD) nor "not released".',
  ],
  ['no version', GOOD.replace('0.1.0', '0.1'), between, '"0.1" is no version.'],
  ['another order', GOOD.replace('0.1.0', '0.10.0'), between, '0.10.0 stands below an older version.'],
  ['another tag', GOOD, { version: '0.2.0', tag: 'v0.2.1' }, 'The tag is v0.2.1, but package.json has version 0.2.0.'],
  ['a tag of what is not released', GOOD.replace('2026-12-24', 'not released'), released, 'The entry of 0.2.0 says "not released".'],
  [
    'a tag with lines left',
    GOOD.replace('## 0.2.0', '## Unreleased\n\n* New.\n\n## 0.2.0'),
    released,
    'Unreleased has lines that belong to 0.2.0.',
  ],
])('%s is named', (_, text, state, problem) => {
  expect(changelogProblems(text, state)).toEqual([problem]);
});

test('CHANGELOG.md fits the version of package.json', () => {
  expect(changelogProblems(read('CHANGELOG.md'), { version: JSON.parse(read('package.json')).version, tag: null })).toEqual([]);
});
