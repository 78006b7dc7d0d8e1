import { expect, test } from 'vitest';
import { getAlerts, putAlerts } from './alert-record.ts';
import { MemoryStore } from '../test/support/memory-store.ts';
import { getPositions } from './readers.ts';

test('alerts are found again, replaced whole, and are no position', async () => {
  const store = new MemoryStore();
  const alert = {
    key: 'k',
    kind: 'freshness',
    severity: 'warn',
    table: null,
    stage: null,
    summary: 's',
    figures: { a: 1 },
    since: 's',
  } as const;
  expect(await getAlerts(store, 'w')).toEqual({ active: [] });
  await putAlerts(store, 'w', { active: [alert] });
  expect(await getAlerts(store, 'w')).toEqual({ active: [alert] });
  await putAlerts(store, 'w', { active: [] });
  expect(await getAlerts(store, 'w')).toEqual({ active: [] });
  expect(await getPositions(store)).toEqual([]);
});
