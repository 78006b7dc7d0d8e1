import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configPage, errorsPage } from './docs-pages.ts';

const written = (name: string): string => readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8');

test('docs/CONFIG.md says what the schema says (npm run docs)', () => {
  expect(written('CONFIG.md')).toBe(configPage());
});

test('docs/ERRORS.md says what the registry says (npm run docs)', () => {
  expect(written('ERRORS.md')).toBe(errorsPage());
});
