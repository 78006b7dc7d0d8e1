import { z } from 'zod';
import { encodeJson, readJson } from './json-object.ts';
import { alertsKey } from './keys.ts';
import type { ObjectStore } from './store/object-store.ts';
import { keptObject } from './kept-object.ts';

const alertRecord = keptObject({
  key: z.string(),
  kind: z.string(),
  severity: z.enum(['warn', 'alert']),
  table: z.string().nullable(),
  stage: z.string().nullable(),
  summary: z.string(),
  figures: z.record(z.string(), z.union([z.number(), z.string(), z.null()])),
  since: z.string(),
});

/**
 * Alerts that were sent and are not resolved. The next monitor of the same warehouse does not send
 * them again.
 */
const alertRecords = keptObject({ active: z.array(alertRecord) });
export type AlertRecord = z.infer<typeof alertRecord>;
export type AlertRecords = z.infer<typeof alertRecords>;

/** Replaces what the last monitor has recorded. */
export async function putAlerts(store: ObjectStore, warehouseId: string, records: AlertRecords): Promise<void> {
  await store.replace(alertsKey(warehouseId), encodeJson(records));
}

/** What was recorded last. */
export async function getAlerts(store: ObjectStore, warehouseId: string): Promise<AlertRecords> {
  return (await readJson(store, alertRecords, alertsKey(warehouseId))) ?? { active: [] };
}
