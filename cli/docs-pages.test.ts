import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configPage, errorsPage, metricsPage } from './docs-pages.ts';
import { typesPage } from './types-page.ts';

const written = (name: string): string => readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8');

test('docs/CONFIG.md says what the schema says (npm run docs)', () => {
  expect(written('CONFIG.md')).toBe(configPage());
});

test('docs/ERRORS.md says what the registry says (npm run docs)', () => {
  expect(written('ERRORS.md')).toBe(errorsPage());
});

test('docs/METRICS.md says what the registry says (npm run docs)', () => {
  expect(written('METRICS.md')).toBe(metricsPage());
});

test('docs/TYPES.md says what the table of types says, and every type that is not typed says why (npm run docs)', () => {
  expect(written('TYPES.md')).toBe(typesPage());
  expect(typesPage()).not.toMatch(/\blost\b(?<!ever lost)/);
});
