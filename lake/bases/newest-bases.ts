import type { BaseFacts } from '../base-facts.ts';
import type { ManifestLog } from '../manifest-log.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { BaseLog } from './base-log.ts';
import type { Base, BaseName } from './base-log.ts';
import { isInHistory } from './newest-base.ts';

/** Time between two listings, which cost money on S3. */
const LISTED_EVERY_MS = { directory: 10_000, s3: 600_000, memory: 0 };

/** The newest whole base of each table that lies in the history of this lake, by table id. */
export async function newestBases(bases: BaseLog, manifests: Pick<ManifestLog, 'read'>): Promise<Map<string, Base>> {
  const tables = Map.groupBy(
    (await bases.listed()).filter(({ done }) => done),
    ({ tableId }) => tableId,
  );
  const found = await Promise.all([...tables.values()].map((some) => newestOf(some, { bases, manifests })));
  return new Map(found.filter((base) => base !== null).map((base) => [base.plan.tableId, base]));
}

/** The same of one table; null: it has none. */
export async function newestBaseOf(bases: BaseLog, manifests: Pick<ManifestLog, 'read'>, tableId: string): Promise<Base | null> {
  const whole = (await bases.listed(tableId)).filter(({ done }) => done);
  return newestOf(whole, { bases, manifests });
}

/** Later bases have later numbers, so the last one that is in the history is the newest. */
async function newestOf(
  listed: readonly BaseName[],
  { bases, manifests }: { bases: BaseLog; manifests: Pick<ManifestLog, 'read'> },
): Promise<Base | null> {
  for (const name of listed.toReversed()) {
    const base = await bases.read(name);
    if (base !== null && (await isInHistory(manifests, base.plan))) return base;
  }
  return null;
}

/** What people and programs learn of a base. */
export function factsOf({ plan, done, proof }: Base): BaseFacts {
  const { table, consistentPoint, createdAt } = plan;
  const judged = proof === null ? null : proof.equal ? proof.by : 'unequal';
  return { table, lsn: consistentPoint, rows: done.rows, bytes: done.bytes, at: createdAt, proof: judged };
}

/** The newest bases for somebody who looks repeatedly. */
export class ListedBases {
  readonly #bases: BaseLog;
  readonly #manifests: Pick<ManifestLog, 'read'>;
  readonly #everyMs: number;
  #listedAtMs = Number.NEGATIVE_INFINITY;
  #facts: readonly BaseFacts[] = [];

  constructor(store: ObjectStore, manifests: Pick<ManifestLog, 'read'>) {
    this.#bases = new BaseLog(store);
    this.#manifests = manifests;
    this.#everyMs = LISTED_EVERY_MS[store.location.kind];
  }

  /** One per table, by name; at most some minutes old. */
  async read(elapsedMs: number): Promise<readonly BaseFacts[]> {
    if (elapsedMs - this.#listedAtMs < this.#everyMs) return this.#facts;
    const newest = [...(await newestBases(this.#bases, this.#manifests)).values()];
    this.#facts = newest.map(factsOf).toSorted((one, other) => (one.table < other.table ? -1 : 1));
    this.#listedAtMs = elapsedMs;
    return this.#facts;
  }
}
