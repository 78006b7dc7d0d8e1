import { formatLsn } from '../../../core/lsn.ts';
import { silentLogger } from '../../../core/log.ts';
import { STREAM_PREFIX } from '../../../lake/keys.ts';
import { ManifestLog } from '../../../lake/manifest-log.ts';
import type { Manifest } from '../../../lake/manifest.ts';
import { PageKeeper } from '../../../lake/retention/page-keeper.ts';
import { collect } from '../collect.ts';
import { FaultyStore } from '../faulty-store.ts';
import { MemoryStore } from '../memory-store.ts';

const PAGE_SIZE = 3;

/** Grace of the keepers of these lakes. */
export const GRACE_MS = 24 * 60 * 60 * 1000;

/** A lake whose clocks stand still, with pages of three manifests. */
export interface PagedLake {
  readonly store: FaultyStore;
  readonly log: ManifestLog;
  readonly keeper: PageKeeper;
  /** Lets time pass, by all clocks. */
  readonly pass: (ms: number) => void;
  /** Appends this many manifests. */
  readonly append: (count: number, epoch?: number) => Promise<void>;
  /** Log and keeper of another process. */
  readonly another: () => { readonly log: ManifestLog; readonly keeper: PageKeeper };
  /** Numbers of the single manifests. */
  readonly singles: () => Promise<number[]>;
}

/** A lake with this many manifests, and no page yet. */
export async function unpagedLake(count: number): Promise<PagedLake> {
  let ms = 0;
  const store = new FaultyStore(new MemoryStore(() => new Date(ms)));
  const time = { wall: () => ms, elapsed: () => ms };
  const logger = silentLogger();
  const another = (): { log: ManifestLog; keeper: PageKeeper } => {
    const log = new ManifestLog(store, logger, null, { time, pageSize: PAGE_SIZE });
    const keeper = new PageKeeper({ store, manifests: log, log: logger, graceMs: GRACE_MS, time, pageSize: PAGE_SIZE });
    return { log, keeper };
  };
  const { log, keeper } = another();
  let last: { number: number; hash?: string } = { number: 0 };
  const append = async (more: number, epoch = 1): Promise<void> => {
    for (let n = 0; n < more; n += 1) {
      const number = last.number + 1;
      last = { number, hash: await log.append(heartbeat(number, { epoch, previous: last.hash })) };
    }
  };
  await append(count);
  const singles = async (): Promise<number[]> => (await collect(store.list(STREAM_PREFIX))).map(({ key }) => Number(/\d+/.exec(key)?.[0]));
  return { store, log, keeper, another, pass: (by) => void (ms += by), append, singles };
}

/** A lake with this many manifests, whose pages have replaced them. */
export async function pagedLake(count: number): Promise<PagedLake> {
  const lake = await unpagedLake(count);
  await lake.keeper.turn();
  lake.pass(GRACE_MS);
  await lake.keeper.turn();
  lake.store.calls.length = 0;
  return lake;
}

/** A manifest from its number to the next one. */
export function heartbeat(number: number, of: { epoch?: number; writer?: string; previous?: string | undefined } = {}): Manifest {
  const { epoch = 1, writer = 'aa', previous } = of;
  const positions = { from: formatLsn(BigInt(number)), to: formatLsn(BigInt(number + 1)), commitTimes: null, heartbeat: true };
  return { number, epoch, writer, ...(previous === undefined ? {} : { previous }), ...positions, files: [], catalog: [] };
}
