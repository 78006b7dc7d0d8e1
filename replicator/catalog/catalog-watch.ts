import type { Log } from '../../core/log.ts';
import type { Lsn } from '../../core/lsn.ts';
import { qualifiedName } from '../../core/table.ts';
import type { TableSchema } from '../../core/table.ts';
import type { CatalogEvent } from '../../lake/manifest.ts';
import type { Relation } from '../../postgres/pgoutput/handler.ts';
import { holdReason } from '../../core/narrowing.ts';
import type { TableRules } from '../../core/table-rule.ts';
import { eventOf } from './catalog-event.ts';
import { explainCatalog, explainRelation, HELD_BEFORE, matches } from './explain.ts';
import type { RelationExplanation } from './explain.ts';
import type { FactsObject } from './stored-facts.ts';
import { KnownTables } from './known-tables.ts';
import type { KnownTable } from './known-tables.ts';
import type { Look } from './looks.ts';
import { compilePlan } from '../rows/relation-plan.ts';
import type { RelationPlan } from '../rows/relation-plan.ts';
import { sameTraces, withKnownNotNull } from './table-facts.ts';
import type { TableFacts } from './table-facts.ts';
import type { TableTroubles } from './table-troubles.ts';
import { unexplainedSchema } from './unexplained.ts';
import { visibleRelation } from '../rows/visible-relation.ts';
import type { VisibleRelation } from '../rows/visible-relation.ts';

/** What the watch works with. */
export interface CatalogWatchOptions {
  readonly epoch: number;
  readonly timeline: number;
  /** Oids of our publications. */
  readonly publications: readonly number[];
  readonly rules: TableRules;
  /** Knows which tables are held back although the watch never knew them. */
  readonly troubles: TableTroubles;
  readonly log: Log;
  /** Facts of one chosen table as they are now; null: there is no such table. */
  readonly read: (oid: number) => Promise<TableFacts | null>;
  /** A position above every commit that `read` has seen. */
  readonly position: () => Promise<Lsn>;
  /** Stores a schema and returns its hash. */
  readonly putSchema: (schema: TableSchema) => Promise<string>;
  /** Requests a new copy; resolves when the request is durable. */
  readonly requestResync: (table: TableSchema, reason: string) => Promise<void>;
  /** Puts an event into the batch under construction. */
  readonly emit: (event: CatalogEvent) => void;
  readonly pause: () => Promise<void>;
}

interface ExplainedRelation {
  readonly explanation: RelationExplanation;
  readonly now: TableFacts | null;
  readonly look: number;
}

/**
 * A commit is streamed before other sessions see it. The catalog may lag behind for this many
 * pauses.
 */
const CATALOG_TRIES = 20;

const UNSENT = 'for a while its publication did not send all of its changes';

/**
 * Knows how the rows of each table are read. In: Relation messages, and looks at the catalog once
 * the stream has passed them. Out: plans, and catalog events in the batch. The stream stands still
 * while one of its promises is pending.
 */
export class CatalogWatch {
  readonly #options: CatalogWatchOptions;
  readonly #known: KnownTables;
  /** The Relation message of each planned table, and the hash of the schema in its plan. */
  readonly #planned = new Map<number, { readonly relation: VisibleRelation; readonly hash: string }>();
  #looks = 0;
  /** `troubles.changes` when the facts were captured last. */
  #changes = 0;

  constructor(options: CatalogWatchOptions, known: ReadonlyMap<number, KnownTable>, gone: readonly string[]) {
    this.#options = options;
    this.#known = new KnownTables(known, gone);
  }

  /**
   * Begins a look and returns its number. The look is void for a table about which something is
   * learned later.
   */
  beginLook(): number {
    this.#looks += 1;
    return this.#looks;
  }

  /** What the next session has to know, as it is now. */
  capture(): FactsObject {
    const { troubles, timeline, publications } = this.#options;
    if (this.#changes !== troubles.changes) this.#known.forgetCaptured();
    this.#changes = troubles.changes;
    return this.#known.capture(() => ({ timeline, publications: [...publications], choice: troubles.told() }));
  }

  /** The stream showed a truncate. It explains one change of the table's storage. */
  truncated(oid: number, xid: number): void {
    this.#known.truncated(oid, xid);
  }

  /**
   * How rows after this Relation message are read; null: they are not replicated. `commitLsn` is
   * that of the message's transaction.
   */
  async relation(whole: Relation, commitLsn: Lsn): Promise<RelationPlan | null> {
    const { rules } = this.#options;
    const rule = rules.of(whole);
    const relation = visibleRelation(whole, rule?.exclude);
    const before = this.#known.get(relation.oid);
    const behind = before !== undefined && before.held !== true && commitLsn < before.aheadTo;
    if (behind && !matches(relation, before.facts.table)) return this.#unexplained(relation);
    const { explanation, now, look } = await this.#explain(relation);
    switch (explanation.kind) {
      case 'gone':
        return null;
      case 'known':
        break;
      case 'new':
      case 'schema':
        // No copy follows, so its known place in the publications stays. The next look compares
        // that place with what it finds.
        await this.#adopt(
          { ...explanation.facts, published: before?.facts.published ?? explanation.facts.published },
          look,
          explanation.kind === 'new' ? 'published' : 'schema',
        );
        break;
      case 'resync':
        await this.#resyncAhead(explanation.facts, look, explanation.reason);
        break;
      case 'held':
        this.#hold(explanation.facts, look, explanation.reason);
        return null;
      case 'unclear':
        if (now !== null) await this.#resyncAhead(now, look, 'its columns in the stream fit neither what was known nor the catalog');
        return this.#unexplained(relation);
    }
    return this.#plan(relation);
  }

  /**
   * How rows after this Relation message are read in a transaction that still runs. The catalog
   * does not show it yet, so what is known decides. Null: the rows are not replicated; undefined:
   * the message does not fit what is known. `relation` checks the answer when the transaction is
   * committed.
   */
  foresee(whole: Relation): RelationPlan | null | undefined {
    const { rules } = this.#options;
    const known = this.#known.get(whole.oid);
    if (known?.held === true || (known === undefined && this.#options.troubles.holds(whole.oid))) return null;
    const relation = visibleRelation(whole, rules.of(whole)?.exclude);
    if (known === undefined || !matches(relation, known.facts.table)) return undefined;
    return compilePlan(relation, known.facts.table, rules.salt) ?? undefined;
  }

  #plan(relation: VisibleRelation): RelationPlan | null {
    const known = this.#known.get(relation.oid);
    if (known === undefined || known.held === true) return null;
    this.#planned.set(relation.oid, { relation, hash: known.hash });
    return compilePlan(relation, known.facts.table, this.#options.rules.salt);
  }

  /**
   * Rows with unexplained columns are kept as text. They are skipped where columns of the table are
   * left out or masked, because nothing says which columns those are.
   */
  async #unexplained(relation: VisibleRelation): Promise<RelationPlan | null> {
    const { rules, epoch, putSchema } = this.#options;
    this.#planned.delete(relation.oid);
    if (rules.of(relation) !== null || this.#known.get(relation.oid)?.facts.table.narrowed !== undefined) return null;
    const table = unexplainedSchema(relation, epoch);
    await putSchema(table);
    return compilePlan(relation, table, null);
  }

  /**
   * The stream has passed a look: the catalog explains what the stream did not. Returns the plans
   * that change here although no Relation message will say so (before Postgres 15, the stream does
   * not report that a schema was renamed).
   */
  async settle(look: Look): Promise<(readonly [oid: number, plan: RelationPlan | null])[]> {
    for (const [oid, facts] of look.tables) await this.#settleTable(oid, facts, look);
    for (const [oid, known] of this.#known) {
      if (look.tables.has(oid) || known.seenIn > look.number || look.unsure?.includes(oid) === true) continue;
      this.#known.drop(oid);
      this.#options.log.info({ table: nameOf(known.facts.table) }, 'table is gone or no longer chosen');
      this.#options.emit(eventOf('dropped', known.facts.table));
    }
    return [...this.#planned].flatMap(([oid, { relation, hash }]) => {
      const known = this.#known.get(oid);
      if (known === undefined || (known.hash === hash && known.held !== true) || !matches(relation, known.facts.table)) return [];
      return [[oid, this.#plan(relation)] as const];
    });
  }

  async #settleTable(oid: number, facts: TableFacts, look: Look): Promise<void> {
    const known = this.#known.get(oid);
    if (known !== undefined && known.seenIn > look.number) return;
    const hold = holdReason(known?.facts.table ?? null, facts.table, { rule: facts.rule ?? null, by: this.#options.rules.fingerprint });
    if (hold !== null) return this.#hold(facts, look.number, hold);
    if (known === undefined) return this.#adopt(facts, look.number, 'published');
    if (known.held === true) return this.#resync(facts, look.number, HELD_BEFORE);
    const before = known.facts.published;
    // Facts learned after the table was added come from the stream that sends it.
    const addedIn = look.added.get(oid) ?? -1;
    const unsent = known.seenIn <= addedIn || (before !== undefined && before !== facts.published);
    const explanation = explainCatalog(known.facts, facts, known.truncatedBy);
    if (explanation.kind === 'resync') await this.#resync(facts, look.number, explanation.reason);
    else if (unsent) await this.#resync(facts, look.number, UNSENT);
    else if (explanation.kind === 'schema') await this.#adopt(facts, look.number, 'schema');
    else if (!sameTraces(known.facts, facts)) this.#remember({ ...facts, table: known.facts.table }, known.hash, look.number);
  }

  async #explain(relation: Relation): Promise<ExplainedRelation> {
    const known = this.#known.get(relation.oid);
    const by = this.#options.rules.fingerprint;
    for (let tries = 1; ; tries += 1) {
      const now = withKnownNotNull(await this.#options.read(relation.oid), known?.facts ?? null);
      const explanation = explainRelation({
        relation,
        known: known?.facts ?? null,
        now,
        truncatedBy: known?.truncatedBy ?? [],
        by,
        held: known?.held === true,
      });
      // The number is taken at the end: every look that begins later sees at least as much.
      if (explanation.kind !== 'unclear' || tries === CATALOG_TRIES) return { explanation, now, look: this.beginLook() };
      await this.#options.pause();
    }
  }

  async #adopt(facts: TableFacts, look: number, kind: 'published' | 'schema'): Promise<void> {
    if (this.#known.comesBack(facts.table.tableId)) return this.#resync(facts, look, 'its changes were not replicated for a while');
    const hash = await this.#options.putSchema(facts.table);
    const of = { table: nameOf(facts.table) };
    if (kind === 'published') this.#options.log.info(of, 'table is published');
    else this.#options.log.info(of, 'table changed its shape in place');
    this.#remember(facts, hash, look);
    this.#options.emit({ ...eventOf(kind, facts.table), schema: hash });
  }

  /** Skips the table's rows from here on: no rows are better than rows that had to be left out. */
  #hold(facts: TableFacts, look: number, reason: string): void {
    const { oid } = facts.table;
    const known = this.#known.get(oid);
    if (known?.held === true || !this.#options.troubles.hold({ oid, table: nameOf(facts.table) }, reason)) return;
    this.#options.log.error({ table: nameOf(facts.table), reason }, 'table is held back: the configuration does not fit it');
    if (known === undefined) return;
    this.#known.set(oid, { ...known, seenIn: look, held: true });
    this.#options.emit({ ...eventOf('held', known.facts.table), reason });
  }

  /** Requests a copy by a catalog that the stream may not have reached yet. */
  async #resyncAhead(facts: TableFacts, look: number, reason: string): Promise<void> {
    await this.#resync(facts, look, reason, await this.#options.position());
  }

  async #resync(facts: TableFacts, look: number, reason: string, aheadTo?: Lsn): Promise<void> {
    const hash = await this.#options.putSchema(facts.table);
    this.#options.log.info({ table: nameOf(facts.table), reason }, 'table must be copied again');
    await this.#options.requestResync(facts.table, reason);
    this.#remember(facts, hash, look, aheadTo);
    this.#options.emit({ ...eventOf('resync', facts.table), schema: hash, reason });
  }

  #remember(facts: TableFacts, hash: string, look: number, ahead?: Lsn): void {
    const { oid } = facts.table;
    this.#options.troubles.release(oid);
    const { truncatedBy = [], aheadTo = 0n } = this.#known.get(oid) ?? {};
    this.#known.set(oid, { facts, hash, truncatedBy, aheadTo: ahead ?? aheadTo, seenIn: look });
  }
}

function nameOf(table: TableSchema): string {
  return qualifiedName(table.schema, table.name);
}
