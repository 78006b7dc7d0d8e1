import type { Log } from '../core/log.ts';
import type { TableRules } from '../core/table-rule.ts';
import { readEpochs } from '../lake/epoch.ts';
import { ManifestLog } from '../lake/manifest-log.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';

/**
 * Whether this process and the replicator have the same configuration of tables. A copy under a
 * different one would put into the lake what the replicator leaves out, or mask it differently. So
 * a configuration file that only one of them has is noticed before anything is copied.
 */
export class AgreedRules {
  readonly #store: ObjectStore;
  readonly #rules: TableRules;
  readonly #log: Log;
  readonly #manifests: ManifestLog;
  #said = false;

  constructor({ store, rules, log }: { store: ObjectStore; rules: TableRules; log: Log }) {
    this.#store = store;
    this.#rules = rules;
    this.#log = log;
    this.#manifests = new ManifestLog(store, log);
  }

  /**
   * All of them, or none yet. The newest manifest names the configuration of the replicator; before
   * the first manifest of an epoch, the epoch does.
   */
  async only<T>(tasks: readonly T[]): Promise<readonly T[]> {
    if (tasks.length === 0 || (await this.#agreed())) return tasks;
    if (!this.#said)
      this.#log.warn(
        'the replicator runs under another configuration of tables than this process: nothing is copied until they are the same',
      );
    this.#said = true;
    return [];
  }

  async #agreed(): Promise<boolean> {
    const epoch = (await readEpochs(this.#store)).at(-1);
    const last = await this.#manifests.last();
    const teller = last !== null && last.epoch === epoch?.epoch ? last : epoch;
    const same = teller?.rules === this.#rules.told.rules;
    if (same) this.#said = false;
    return same;
  }
}
