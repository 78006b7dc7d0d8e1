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
  /** Timeline of the source that the stream came from. */
  timeline: z.int(),
  /**
   * Oids of our publications: made anew they have others, and what was committed in between was not
   * sent.
   */
  publications: z.array(z.int()),
  tables: z.array(
    z.object({
      tableId: z.string(),
      /** Hash of the schema its rows are read by. */
      schema: z.string(),
      maxAttnum: z.int(),
      storage: z.array(storage),
      labels: z.record(z.string(), z.string()),
      versions: z.record(z.string(), z.int()).default({}),
      /** Its place in our publications; absent: its writer did not look. */
      published: z.string().optional(),
      /** Below it the stream may have shapes that are older than what is known. */
      aheadTo: lsnText.default('0/0'),
      /** Transactions that truncated it lately. */
      truncatedBy: z.array(z.int()),
      /** True while its rows are passed over, because the configuration does not fit it. */
      held: z.boolean().optional(),
    }),
  ),
  /**
   * Ids of tables that were followed once and then dropped or no longer chosen: should one come
   * back, what it had is of no use.
   */
  gone: z.array(z.string()),
  /**
   * Which tables it was given, and which of them it cannot replicate: for whoever looks at the
   * pipeline.
   */
  choice: choice.optional(),
});

/**
 * What the replicator knew of the source when it put a manifest, so that the next session sees what
 * changed meanwhile.
 */
export type SourceFacts = z.infer<typeof sourceFacts>;

/** Facts ready to be stored. */
export interface FactsObject {
  readonly key: string;
  readonly bytes: Uint8Array;
}

/**
 * Names facts by their content: they have no number, order comes from the manifests that name them.
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

  /** Stores them unless they were the last ones stored. */
  async put(facts: FactsObject): Promise<void> {
    if (facts.key === this.#lastKey) return;
    await this.#store.put(facts.key, facts.bytes);
    this.#lastKey = facts.key;
  }

  /** LAKE_CORRUPT when they are gone. */
  async get(key: string): Promise<SourceFacts> {
    const bytes = await this.#store.get(key);
    if (bytes === null) throw new TailraceError('LAKE_CORRUPT', `${key} is missing`);
    return decodeJson(sourceFacts, key, bytes);
  }
}
