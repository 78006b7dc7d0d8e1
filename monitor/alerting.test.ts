import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { getAlerts, putAlerts } from '../lake/alert-record.ts';
import { MemoryStore } from '../test/support/memory-store.ts';
import type { Condition } from './alert.ts';
import { Alerting } from './alerting.ts';

const late: Condition = {
  key: 'freshness',
  kind: 'freshness',
  severity: 'warn',
  holdMs: 0,
  table: null,
  stage: null,
  summary: 'late',
  figures: {},
};

test('what a later version has recorded about alerts stays recorded, also an alert of a kind that is unknown here', async () => {
  const store = new MemoryStore();
  const { holdMs: _, ...facts } = late;
  const known = { ...facts, since: '2026-01-01T00:00:00.000Z', later: 'kept' };
  const unknown = { ...known, key: 'k', kind: 'of-a-later-version' };
  await putAlerts(store, 'w', Object.assign({ active: [known, unknown] }, { later: 'kept' }));

  const { signal } = new AbortController();
  const alerting = await Alerting.open({ store, warehouseId: 'w', channels: [], log: silentLogger(), signal });
  const parked: Condition = { ...late, key: 'parked', kind: 'table-parked' };
  await alerting.look([{ ...late, severity: 'alert' }, parked], { wallMs: 1_800_000_000_000, elapsedMs: 1 });
  expect(alerting.report.active.map(({ kind }) => kind)).toEqual(['freshness', 'table-parked']);
  const { active, ...rest } = await getAlerts(store, 'w');
  expect(rest).toEqual({ later: 'kept' });
  expect(active).toMatchObject([{ ...known, severity: 'alert' }, { kind: 'table-parked' }, unknown]);
});
