import { openRequests } from '../../lake/control.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { finishedCopies } from '../../lake/snapshot-log.ts';
import type { AwaitedCopies } from './await-state.ts';

/** Follows the copies that were requested before it was opened, until each is in the lake. */
export class CopyWatch {
  readonly #store: ObjectStore;
  readonly #asked: ReadonlySet<string>;
  #open: string;
  #finished: ReadonlyMap<string, number> = new Map();

  private constructor(store: ObjectStore, asked: ReadonlySet<string>) {
    this.#store = store;
    this.#asked = asked;
    // One that is answered before the first look has a copy that was not there yet.
    this.#open = [...asked].join();
  }

  static async open(store: ObjectStore): Promise<CopyWatch> {
    const watch = new CopyWatch(store, new Set((await openRequests(store, ['resync'])).map(({ id }) => id)));
    watch.#finished = await finishedCopies(store);
    return watch;
  }

  async look(): Promise<AwaitedCopies> {
    if (this.#asked.size === 0) return { requested: [], finished: this.#finished };
    const requested = (await openRequests(this.#store, ['resync'])).filter(({ id }) => this.#asked.has(id));
    const open = requested.map(({ id }) => id).join();
    // A request is answered after its copy is whole.
    if (open !== this.#open) this.#finished = await finishedCopies(this.#store);
    this.#open = open;
    return { requested, finished: this.#finished };
  }
}
