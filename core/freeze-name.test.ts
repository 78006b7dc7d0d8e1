import { expect, test } from 'vitest';
import { freezeName } from './freeze-name.ts';

test.for(['nightly', 'Nightly_2', '_x', 'a'.repeat(63)])('%s can be the name of a freeze', (name) => {
  expect(freezeName.safeParse(name).success).toBe(true);
});

test.for(['', '9nights', 'a-b', 'a.b', 'ä', 'a b', "a'", 'a'.repeat(64)])('"%s" cannot be the name of a freeze', (name) => {
  expect(freezeName.safeParse(name).success).toBe(false);
});
