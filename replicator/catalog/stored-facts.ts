import { hash } from 'node:crypto';
import { z } from 'zod';
import { choice } from '../../lake/choice.ts';
import { encodeJson } from '../../lake/json-object.ts';
import { lsnText } from '../../lake/manifest.ts';

const storage = z.object({
  oid: z.int(),
  filenode: z.int(),
  xid: z.int(),
  toast: z.int().default(0),
  attached: z.boolean(),
  joined: z.string().default(''),
});

/** What is known about one table. */
export const factsOfTable = z.object({
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
});
export type FactsOfTable = z.infer<typeof factsOfTable>;

/** What is true of all tables. */
export const factsFrame = z.object({
  /** Timeline of the source when it was streamed. */
  timeline: z.int(),
  /**
   * Oids of our publications. A publication that was dropped and created again has a new oid;
   * commits in between were not sent.
   */
  publications: z.array(z.int()),
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

export const sourceFacts = factsFrame.extend({ tables: z.array(factsOfTable) });

/**
 * What the replicator knew about the source when it wrote a manifest. The next session compares it
 * with the catalog.
 */
export type SourceFacts = z.infer<typeof sourceFacts>;

/** The facts of one table, ready to be stored. */
export interface TableFactsObject {
  readonly tableId: string;
  readonly value: FactsOfTable;
  readonly bytes: Uint8Array;
  /** of the bytes */
  readonly hash: string;
}

/** Facts ready to be stored. */
export interface FactsObject {
  readonly frame: z.infer<typeof factsFrame>;
  readonly tables: readonly TableFactsObject[];
}

export function encodeTableFacts(value: FactsOfTable): TableFactsObject {
  const bytes = encodeJson(value);
  return { tableId: value.tableId, value, bytes, hash: hash('sha256', bytes).slice(0, 16) };
}

export function encodeFacts({ tables, ...frame }: SourceFacts): FactsObject {
  return { frame, tables: tables.map(encodeTableFacts) };
}
