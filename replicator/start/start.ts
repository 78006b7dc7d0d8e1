import { TailraceError } from '../../core/errors.ts';
import { failpoint } from '../../core/failpoint.ts';
import type { Log } from '../../core/log.ts';
import { parseLsn } from '../../core/lsn.ts';
import type { Lsn } from '../../core/lsn.ts';
import type { TableSchema } from '../../core/table.ts';
import type { TableRules } from '../../core/table-rule.ts';
import type { EpochInfo } from '../../lake/epoch.ts';
import type { LakeInfo } from '../../lake/lake-identity.ts';
import { dataKey } from '../../lake/keys.ts';
import type { StoredManifest } from '../../lake/manifest.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import type { SameLake } from '../../lake/same-lake.ts';
import { SchemaStore } from '../../lake/schema-store.ts';
import type { Writer } from '../../lake/writer.ts';
import { connect } from '../../postgres/session/connect.ts';
import type { SourceOptions } from '../../postgres/session/connect.ts';
import type { LookedAt } from '../../postgres/session/same-server.ts';
import { identifySystem } from '../../postgres/session/system.ts';
import { publicationOids } from '../../postgres/publication/publication.ts';
import { RowFilters } from '../../postgres/publication/row-filters.ts';
import type { KnownTable } from '../catalog/known-tables.ts';
import { beginEpoch } from './epoch-start.ts';
import type { SourceFacts } from '../catalog/stored-facts.ts';
import { positionOf } from './gap.ts';
import { EPOCHS_A_DAY, mayBeginEpoch } from './gap-policy.ts';
import { SourceCatalog } from '../catalog/source-catalog.ts';
import { lookBeforeStart } from './start-look.ts';

/** What a start is made from. */
export interface StartOptions {
  readonly source: SourceOptions;
  readonly store: ObjectStore;
  /** The lake that earlier starts of this process found. */
  readonly same: SameLake;
  readonly writer: Writer;
  readonly tables: readonly string[] | null;
  readonly rules: TableRules;
  readonly log: Log;
  /** What to do about missing changes: `resync` begins a new epoch, at most three times a day. */
  readonly onGap: 'stop' | 'resync';
  readonly signal: AbortSignal;
}

/** Where a session continues. */
export interface Start {
  readonly lake: LakeInfo;
  readonly epoch: EpochInfo;
  readonly position: Lsn;
  /** Newest manifest, also of an earlier epoch. */
  readonly last: StoredManifest | null;
  /** The server that was seen: the streaming session must reach the same one. */
  readonly looked: LookedAt;
  /** By this commit the next session recognizes the log. Null: none yet; undefined: it cannot. */
  readonly anchor: StoredManifest['anchor'];
  /** Tables by oid, as the writer of the last manifest knew them. */
  readonly known: Map<number, KnownTable>;
  /** Ids of tables that were followed once and then dropped or no longer chosen. */
  readonly gone: readonly string[];
  /**
   * Tables of the previous epoch that were dropped, or are no longer chosen, before this one began.
   * No later look would miss them.
   */
  readonly left: readonly TableSchema[];
  /** Oids of tables that were not in the publication and are now. */
  readonly added: readonly number[];
  /** Oids of our publications. */
  readonly publications: readonly number[];
  readonly filters: RowFilters;
}

/**
 * Creates lake, publication, slot and epoch, in this order, and finds where to continue. Each step
 * recognizes the work of an earlier start, so a crash between two of them is only a pause. GAP,
 * SLOT_LOST, LAKE_OF_ANOTHER_SOURCE when continuing would lose changes.
 */
export async function prepareStart(options: StartOptions): Promise<Start> {
  const { source, store, log } = options;
  await using connection = await connect(source, { role: 'sql' });
  const system = await identifySystem(connection);
  const lake = await options.same.open({ systemId: system.systemId, database: system.database });
  failpoint('lake-made');

  const { decision, last, kept, factsOfKept, slot, epochs } = await lookBeforeStart(connection, { ...options, system, lake });
  const filters = await knownFilters(store, options.rules, factsOfKept);
  const catalog = new SourceCatalog(connection, { ...options, name: lake.name, filters });
  if (decision.kind === 'gap') {
    const { code, what } = decision;
    const may = code !== 'LAKE_OF_ANOTHER_SOURCE' && mayBeginEpoch(options.onGap, epochs, system.serverTimeMs);
    if (!may)
      throw new TailraceError(code, options.onGap === 'stop' ? what : `${what}; ${EPOCHS_A_DAY} gaps were already answered within a day`);
    log.error({ why: what }, 'changes are missing, every table is copied anew');
  }

  // Otherwise a read-only store would be noticed only when the slot is ours and the source waits.
  await tryStore(store, options.writer);

  // An older slot never sends what a publication lacked.
  const chosen = await catalog.chosen();
  const { added } = await catalog.publish(chosen);
  const publications = await publicationOids(connection, lake.name);
  failpoint('publication-made');

  const epoch =
    decision.kind === 'stream'
      ? decision.epoch
      : await beginEpoch({ source, store, rules: options.rules, log, answersGap: decision.kind === 'gap' });
  const facts = kept !== null && kept.epoch === epoch.epoch ? factsOfKept : null;
  const known = await knownTables(store, facts);
  const earlier = facts === factsOfKept ? [] : [...(await knownTables(store, factsOfKept)).values()];
  const left = earlier.map(({ facts: { table } }) => table).filter(({ oid }) => !chosen.some((one) => one.oid === oid));
  const position = positionOf(epoch, kept);
  return {
    lake,
    epoch,
    position,
    last,
    looked: { system, confirmed: decision.kind === 'stream' ? (slot?.confirmedFlush ?? position) : position },
    anchor: kept !== null && kept.epoch === epoch.epoch ? kept.anchor : null,
    known,
    gone: facts?.gone ?? [],
    left,
    added,
    publications,
    filters,
  };
}

async function knownTables(store: ObjectStore, facts: SourceFacts | null): Promise<Map<number, KnownTable>> {
  const schemas = new SchemaStore(store);
  const known = new Map<number, KnownTable>();
  for (const { tableId, schema, truncatedBy, held, aheadTo, ...seen } of facts?.tables ?? []) {
    const table = await schemas.get(tableId, schema);
    known.set(table.oid, {
      facts: { table, ...seen },
      hash: schema,
      truncatedBy,
      aheadTo: parseLsn(aheadTo),
      seenIn: 0,
      held: held === true,
    });
  }
  return known;
}

/** The row filters as the server printed them, for tables whose configuration has not changed. */
async function knownFilters(store: ObjectStore, rules: TableRules, facts: SourceFacts | null): Promise<RowFilters> {
  const known = [...(await knownTables(store, facts)).values()].map(({ facts: { table } }) => table);
  const right = known.flatMap(({ oid, narrowed }): [number, string][] =>
    narrowed?.by === rules.fingerprint && narrowed.filter !== null ? [[oid, narrowed.filter]] : [],
  );
  return new RowFilters(new Map(right));
}

/** Writes an object that nothing names, as a crash would leave it, and deletes it at once. */
async function tryStore(store: ObjectStore, writer: Writer): Promise<void> {
  const key = dataKey('probe', writer.id, writer.next());
  await store.put(key, new Uint8Array());
  await store.delete(key);
}
