import { createHash } from 'node:crypto';
import { z } from 'zod';
import { TailraceError } from '../../core/errors.ts';
import { choice } from '../../lake/choice.ts';
import { decodeJson, encodeJson } from '../../lake/json-object.ts';
import { factsKey } from '../../lake/keys.ts';
import { lsnText } from '../../lake/manifest.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';

const storage = z.object({
  oid: z.int(),
  filenode: z.int(),
  xid: z.int(),
  toast: z.int().default(0),
  attached: z.boolean(),
  joined: z.string().default(''),
});

const sourceFacts = z.object({
  /** Timeline of the source when it was streamed. */
  timeline: z.int(),
  /**
   * Oids of our publications. A publication that was dropped and created again has a new oid;
   * commits in between were not sent.
   */
  publications: z.array(z.int()),
  tables: z.array(
    z.object({
      tableId: z.string(),
      /** Hash of the schema that its rows are read by. */
      schema: z.string(),
      maxAttnum: z.int(),
      storage: z.array(storage),
      labels: z.record(z.string(), z.string()),
      versions: z.record(z.string(), z.int()).default({}),
      /** Its place in our publications; absent: the writer did not read it. */
      published: z.string().optional(),
      /** Below this position the stream may have older shapes than the known one. */
      aheadTo: lsnText.default('0/0'),
      /** Recent transactions that truncated it. */
      truncatedBy: z.array(z.int()),
      /** True while its rows are skipped because the configuration does not fit it. */
      held: z.boolean().optional(),
    }),
  ),
  /**
   * Ids of tables that were followed once and then dropped or no longer chosen. If one comes back,
   * its old rows are useless.
   */
  gone: z.array(z.string()),
  /**
   * Which tables are chosen, and which of them cannot be replicated: for `status` and other
   * readers.
   */
  choice: choice.optional(),
});

/**
 * What the replicator knew about the source when it wrote a manifest. The next session compares it
 * with the catalog.
 */
export type SourceFacts = z.infer<typeof sourceFacts>;

/** Facts ready to be stored. */
export interface FactsObject {
  readonly key: string;
  readonly bytes: Uint8Array;
}

/**
 * Encodes facts and names them by their content. They have no number: the manifests that name them
 * give the order.
 */
export function encodeFacts(facts: SourceFacts): FactsObject {
  const bytes = encodeJson(facts);
  return { key: factsKey(createHash('sha256').update(bytes).digest('hex').slice(0, 32)), bytes };
}

/** Facts in the lake. */
export class FactsStore {
  readonly #store: ObjectStore;
  #lastKey = '';

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Stores them, unless they equal the last ones stored. */
  async put(facts: FactsObject): Promise<void> {
    if (facts.key === this.#lastKey) return;
    await this.#store.put(facts.key, facts.bytes);
    this.#lastKey = facts.key;
  }

  /** Reads facts. LAKE_CORRUPT when they are missing. */
  async get(key: string): Promise<SourceFacts> {
    const bytes = await this.#store.get(key);
    if (bytes === null) throw new TailraceError('LAKE_CORRUPT', `${key} is missing`);
    return decodeJson(sourceFacts, key, bytes);
  }
}
