import { expect, test } from 'vitest';
import { RoleStates } from './role-states.ts';

test('a role is reported with its starts and its last error, also after it works again', () => {
  const states = new RoleStates();
  states.started('replicate', 'one');
  expect(states.reports).toEqual([{ role: 'replicate', startedAt: 'one', restarts: 0, trouble: null, lastError: null }]);
  states.trouble('replicate', 'SOURCE_UNREACHABLE: gone.', 'two');
  const lastError = { message: 'SOURCE_UNREACHABLE: gone.', at: 'two' };
  expect(states.reports[0]).toMatchObject({ trouble: 'SOURCE_UNREACHABLE: gone.', lastError });
  states.trouble('replicate', null, 'three');
  expect(states.reports[0]).toMatchObject({ trouble: null, lastError });
  states.ended('replicate');
  expect(states.reports[0]).toMatchObject({ startedAt: null });
  states.started('replicate', 'four');
  expect(states.reports).toEqual([{ role: 'replicate', startedAt: 'four', restarts: 1, trouble: null, lastError }]);
});
