import { expect, test } from 'vitest';
import { z } from 'zod';
import { isStaged, storedStagedStep } from './staged-step.ts';
import type { StagedStep } from './staged-step.ts';

const STEP = { storage: 't1_1_g1', files: '0f'.repeat(16), from: 0x1_0000_00ffn, before: null, truncate: null };
const STAGED: StagedStep = { ...STEP, staging: 'staging_3_t1_1_g1' };
const VERSION = (1n << 112n) | (77n << 48n);

test.each<[string, StagedStep | null]>([
  ['none', null],
  ['a whole step', STAGED],
  ['a part of a file', { ...STAGED, before: 0x2_0000_0000n }],
  ['a step with a truncate', { ...STAGED, truncate: VERSION }],
])('%s: what is stored is read back', (_what, staged) => {
  const stored: unknown = JSON.parse(JSON.stringify(z.encode(storedStagedStep, staged)));
  expect(storedStagedStep.parse(stored)).toEqual(staged);
});

test.each<[string, StagedStep | null]>([
  ['', null],
  [`staging_3_t1_1_g1|t1_1_g1:${STEP.files}:1/FF-`, STAGED],
  [`staging_3_t1_1_g1|t1_1_g1:${STEP.files}:1/FF-2/0`, { ...STAGED, before: 0x2_0000_0000n }],
  [`staging_3_t1_1_g1|t1_1_g1:${STEP.files}:1/FF-:${VERSION.toString(16)}`, { ...STAGED, truncate: VERSION }],
])('the packed text of an older version is read: %s', (text, staged) => {
  expect(storedStagedStep.parse(text)).toEqual(staged);
});

test('a text that is none of these is refused', () => {
  expect(storedStagedStep.safeParse('staging_3|t1_1_g1').success).toBe(false);
});

test('staged rows are those of a step only when every part of its id is equal', () => {
  expect(isStaged(STAGED, STEP)).toBe(true);
  expect(isStaged(null, STEP)).toBe(false);
  const others = [{ storage: 't1_1_g2' }, { files: 'f0'.repeat(16) }, { from: 1n }, { before: 2n }, { truncate: VERSION }];
  for (const other of others) expect(isStaged(STAGED, { ...STEP, ...other })).toBe(false);
});
