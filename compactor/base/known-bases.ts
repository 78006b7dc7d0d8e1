import type { Base } from '../../lake/bases/base-log.ts';
import { newestBases } from '../../lake/bases/newest-bases.ts';
import { lastBelowCopy } from '../../lake/retention/copy-point.ts';
import { readPlan } from '../../lake/snapshot-log.ts';
import type { CompactorContext } from '../context.ts';
import type { Generation } from '../state/generation.ts';

type KnownContext = Pick<CompactorContext, 'bases' | 'manifests' | 'state' | 'store'>;

/** The last base of a table, or the copy that stands for it. */
interface LastBase {
  /** null: there is only the copy. */
  readonly base: Base | null;
  /** Changes after this manifest are not in it. */
  readonly manifest: number;
  /** When it was begun, by the clock of its writer. */
  readonly atMs: number;
}

/** The newest base of each table as of the last look. A look lists all bases, which costs on S3. */
export class KnownBases {
  readonly #context: KnownContext;
  readonly #copies = new Map<string, LastBase>();
  #newest = new Map<string, Base>();

  constructor(context: KnownContext) {
    this.#context = context;
  }

  /** Looks at the bases of all tables. */
  async look(): Promise<void> {
    this.#newest = await newestBases(this.#context.bases, this.#context.manifests);
  }

  /** The newest base of a table; null: it has none. */
  newest(tableId: string): Base | null {
    return this.#newest.get(tableId) ?? null;
  }

  /** The same of a generation, or else its copy. */
  async last(one: Generation): Promise<LastBase> {
    const base = this.newest(one.tableId);
    if (base === null || base.plan.generation !== one.generation) return this.#copy(one);
    return { base, manifest: base.plan.manifest, atMs: Date.parse(base.plan.createdAt) };
  }

  async #copy(one: Generation): Promise<LastBase> {
    const key = `${one.tableId}/${one.generation}`;
    const known = this.#copies.get(key);
    if (known !== undefined) return known;
    const { manifests, state, store } = this.#context;
    const plan = await readPlan(store, one);
    const manifest = plan === null ? 0 : await lastBelowCopy(manifests, plan, state.front.manifest);
    const copy = { base: null, manifest, atMs: plan === null ? 0 : Date.parse(plan.createdAt) };
    // A front at the point of the copy may still move with it.
    if (manifest < state.front.manifest) this.#copies.set(key, copy);
    return copy;
  }
}
