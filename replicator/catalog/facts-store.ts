import { hash } from 'node:crypto';
import { z } from 'zod';
import { TailraceError } from '../../core/errors.ts';
import { decodeJson, encodeJson } from '../../lake/json-object.ts';
import { factsIndexKey, factsKey, parseFactsKey, tableFactsKey } from '../../lake/keys.ts';
import type { ManifestLog } from '../../lake/manifest-log.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { factsFrame, factsOfTable, sourceFacts } from './stored-facts.ts';
import type { FactsObject, SourceFacts } from './stored-facts.ts';

const CONCURRENT_CALLS = 16;

/**
 * The index of facts: what is true of all tables, and the name of each table's object. An object is
 * put for one manifest, whose number is in its name. Later manifests name it as long as it is true.
 * So the manifests that name it follow one another, and one that no longer does ends it: it may be
 * deleted. A table whose facts are as they once were gets another object.
 */
const factsIndex = factsFrame.extend({ tables: z.record(z.string(), z.string()) });

/** Facts in one object, or their index: the tables tell which. */
const eitherForm = z.object({ tables: z.unknown() });

/** Facts as a manifest names them. */
interface NamedFacts {
  /** null: read from the lake */
  readonly facts: FactsObject | null;
  readonly key: string;
  /** the name of each table's object */
  readonly tables: ReadonlyMap<string, string>;
  /** The newest manifest that names them, or is about to. */
  readonly number: number;
}

/** The newest manifest when somebody looked; null: there was none. */
type LastManifest = { readonly number: number; readonly facts?: string | undefined } | null;

/** What a facts store is told by its session. */
export interface FactsStoreOptions {
  /** The manifest that the session continues. */
  readonly last: LastManifest;
  /** Whether the lake has the feature `facts-per-table`. */
  readonly perTable: () => Promise<boolean>;
}

/** Facts in the lake. */
export class FactsStore {
  readonly #store: ObjectStore;
  readonly #options: FactsStoreOptions;
  #named: NamedFacts | null = null;

  constructor(store: ObjectStore, options: FactsStoreOptions = { last: null, perTable: async () => true }) {
    this.#store = store;
    this.#options = options;
  }

  /**
   * Stores what is new of them, and returns the key that manifest `number` has to name. Only the
   * objects that the manifest before it names are named again. `events`: whether the manifest has
   * catalog events. Such a one gets an index of its own, so that who looks for events may skip
   * manifests that name the index of another (lake/pages/eventful.ts).
   */
  async put(facts: FactsObject, number: number, events = false): Promise<string> {
    const before = await this.#before(number);
    const mayName = !events || before.number === number;
    if (before.facts === facts && mayName) this.#named = { ...before, number };
    else if (await this.#options.perTable()) this.#named = await this.#putTables(facts, number, { before, mayName });
    else this.#named = await this.#putWhole(facts, number);
    return this.#named.key;
  }

  /** Reads facts, in either form. LAKE_CORRUPT when an object of them is missing. */
  async get(key: string): Promise<SourceFacts> {
    const bytes = await this.#read(key);
    const { tables } = decodeJson(eitherForm, key, bytes);
    if (Array.isArray(tables)) return decodeJson(sourceFacts, key, bytes);
    const index = decodeJson(factsIndex, key, bytes);
    const found: SourceFacts['tables'] = [];
    await inTurns(Object.entries(index.tables), async ([tableId, name]) => {
      const tableKey = tableFactsKey(tableId, name);
      found.push(decodeJson(factsOfTable, tableKey, await this.#read(tableKey)));
    });
    return { ...index, tables: found.toSorted((one, other) => (one.tableId < other.tableId ? -1 : 1)) };
  }

  /** What the manifest before `number` names, as far as it is known. */
  async #before(number: number): Promise<NamedFacts> {
    const named = this.#named ?? (await this.#ofLast());
    if (named !== null && (named.number === number - 1 || named.number === number)) return named;
    return { facts: null, key: '', tables: new Map(), number: number - 1 };
  }

  async #ofLast(): Promise<NamedFacts | null> {
    const { last } = this.#options;
    const key = last?.facts;
    const bytes = key === undefined ? null : await this.#store.get(key);
    if (last === null || key === undefined || bytes === null) return null;
    const index = factsIndex.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    return { facts: null, key, tables: new Map(Object.entries(index.data?.tables ?? {})), number: last.number };
  }

  async #putTables(
    facts: FactsObject,
    number: number,
    { before, mayName }: { readonly before: NamedFacts; readonly mayName: boolean },
  ): Promise<NamedFacts> {
    const tables = new Map<string, string>();
    const fresh: { key: string; bytes: Uint8Array }[] = [];
    for (const { tableId, hash: content, bytes } of facts.tables) {
      const known = before.tables.get(tableId);
      const name = known?.startsWith(`${content}-`) === true ? known : `${content}-${number}`;
      tables.set(tableId, name);
      if (name !== known) fresh.push({ key: tableFactsKey(tableId, name), bytes });
    }
    await inTurns(fresh, async ({ key, bytes }) => void (await this.#store.put(key, bytes)));
    const index = encodeJson({ ...facts.frame, tables: Object.fromEntries(tables) });
    const name = hashOf(index);
    const isSame = mayName && parseFactsKey(before.key)?.name.startsWith(`${name}-`) === true;
    const key = isSame ? before.key : factsIndexKey(name, number);
    if (!isSame) await this.#store.put(key, index);
    return { facts, key, tables, number };
  }

  async #putWhole(facts: FactsObject, number: number): Promise<NamedFacts> {
    const bytes = encodeJson({ ...facts.frame, tables: facts.tables.map(({ value }) => value) });
    const key = factsKey(hashOf(bytes));
    await this.#store.put(key, bytes);
    return { facts, key, tables: new Map(), number };
  }

  async #read(key: string): Promise<Uint8Array> {
    const bytes = await this.#store.get(key);
    if (bytes === null) throw new TailraceError('LAKE_CORRUPT', `${key} is missing`);
    return bytes;
  }
}

/**
 * The facts that the newest manifest names; null: it names none. FENCED when they were swept
 * because another writer has continued the lake: this process has slept since it read the manifest.
 */
export async function factsOfLast(
  store: ObjectStore,
  manifests: Pick<ManifestLog, 'read'>,
  last: LastManifest,
): Promise<SourceFacts | null> {
  if (last?.facts === undefined) return null;
  try {
    return await new FactsStore(store).get(last.facts);
  } catch (error) {
    if (!(error instanceof TailraceError) || error.code !== 'LAKE_CORRUPT' || (await manifests.read(last.number + 1)) === null) throw error;
    throw new TailraceError('FENCED', `another writer has continued the lake after batch ${last.number}`);
  }
}

function hashOf(bytes: Uint8Array): string {
  return hash('sha256', bytes).slice(0, 32);
}

async function inTurns<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = all.values();
  const turn = async (): Promise<void> => {
    for (const one of left) await work(one);
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENT_CALLS, all.length) }, turn));
}
