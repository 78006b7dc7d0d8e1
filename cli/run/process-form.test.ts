import { expect, test } from 'vitest';
import { formFor, processesOf } from './process-form.ts';

const GIB = 1024 ** 3;

test('roles share a process where the source is known to be small', () => {
  expect(formFor({ tables: 0, bytes: 0 })).toBe('one');
  expect(formFor({ tables: 100, bytes: GIB })).toBe('one');
  expect(formFor({ tables: 101, bytes: 0 })).toBe('each');
  expect(formFor({ tables: 1, bytes: GIB + 1 })).toBe('each');
  expect(formFor(null)).toBe('each');
});

test('a role that builds models has a process of its own in both forms', () => {
  const roles = ['replicate', 'snapshot', 'compact', 'transform', 'monitor'] as const;
  expect(processesOf('one', roles)).toEqual([['replicate', 'snapshot', 'compact', 'monitor'], ['transform']]);
  expect(processesOf('each', roles)).toEqual(roles.map((role) => [role]));
  expect(processesOf('one', ['transform'])).toEqual([['transform']]);
});
