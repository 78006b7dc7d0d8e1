import type { Config } from '../core/config.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import { livingReader } from '../lake/request-answer.ts';
import { warehouseChoice } from './ends.ts';

/** The id of the warehouse whose compactor runs. Throws NOT_RUNNING when none does. */
export async function requireReader(store: ObjectStore, config: Pick<Config, 'warehouse'>, signal: AbortSignal): Promise<string> {
  return livingReader(store, warehouseChoice(config), signal);
}
