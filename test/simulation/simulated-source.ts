import { TailraceError } from '../../core/errors.ts';
import { oidOf, tableId as tableIdOf } from '../../core/table.ts';
import type { Random } from '../world/random.ts';
import { contentText, mergeChanges } from './model-rows.ts';
import type { Change, ModelRows } from './model-rows.ts';

/** The source has two tables at a time, and at most this number of them ever. */
const TABLES = 5;

const KEYS = 5;
const COMMIT_BYTES = 16;
/** By how much an idle log grows. */
const IDLE_BYTES = 64;
/** What a writer publishes from a primary that is no longer one, until its connection breaks. */
const LAST_READS = 2;

/** A transaction of the source. */
export interface SourceCommit {
  /** Start of its record, and end. */
  readonly lsn: number;
  readonly end: number;
  readonly xid: number;
  readonly changes: readonly SourceChange[];
  /** null: it has none. */
  readonly fact: SourceFact | null;
}

/** A change of a row of one table. */
type SourceChange = Change & { readonly oid: number };

/** A fact about a table, as catalog events are. */
export interface SourceFact {
  readonly kind: 'resync' | 'dropped';
  readonly oid: number;
  readonly reason: string;
}

/** One replication connection. Only the newest one holds the slot. */
export interface SourceSession {
  /** Name of the process. */
  readonly by: string;
  readonly timeline: number;
  /** Which of all slots it reads. */
  slot: number;
  /** Where the next commits begin. */
  position: number;
  reads: number;
}

/**
 * A source as far as its log goes: commits at rising positions, a slot that may be lost, and
 * failovers to a standby that lacks positions of an idle log, but no commit.
 */
export class SimulatedSource {
  readonly #random: Random;
  readonly #commits: SourceCommit[] = [];
  /** Tables that exist. */
  #oids: readonly number[] = [1, 2];
  /** End of the log on each timeline that has ended; the last commit of it ends there. */
  readonly #branches: number[] = [];
  /** By table and number of commits: what was asked for. */
  readonly #contents = new Map<string, string>();
  #walEnd = 0;
  #holder: SourceSession | null = null;
  /** null: there is none. `point`: where it begins. */
  #slot: { readonly point: number; readonly confirmed: number } | null = null;
  /** How many slots there were. */
  #slots = 0;
  #epoch = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The same log, which goes on by another chance. Nobody holds the slot. */
  copy(random: Random): SimulatedSource {
    const copied = new SimulatedSource(random);
    copied.#commits.push(...this.#commits);
    copied.#oids = this.#oids;
    copied.#branches.push(...this.#branches);
    copied.#walEnd = this.#walEnd;
    copied.#slot = this.#slot;
    copied.#slots = this.#slots;
    copied.#epoch = this.#epoch;
    return copied;
  }

  /** Every commit so far. */
  get commits(): readonly SourceCommit[] {
    return this.#commits;
  }

  /** Ids of the tables that exist, in the newest epoch of the lake. */
  get tableIds(): readonly string[] {
    return this.#epoch === 0 ? [] : this.#oids.map((oid) => tableIdOf(oid, this.#epoch));
  }

  /** The same of all that existed at any time, in every epoch. */
  get everyTableId(): readonly string[] {
    const oids = Array.from({ length: Math.max(...this.#oids) }, (_, index) => index + 1);
    return Array.from({ length: this.#epoch }, (_, index) => oids.map((oid) => tableIdOf(oid, index + 1))).flat();
  }

  /** Whether a table exists. */
  has(oid: number): boolean {
    return this.#oids.includes(oid);
  }

  /** The newest epoch that the lake has; 0: none. */
  get epoch(): number {
    return this.#epoch;
  }

  /** The lake has the next epoch. */
  began(epoch: number): void {
    this.#epoch = Math.max(this.#epoch, epoch);
  }

  get slot(): { readonly point: number; readonly confirmed: number } | null {
    return this.#slot;
  }

  /** Whether nothing was ever acknowledged to the slot. */
  get isSlotNew(): boolean {
    return this.#slot === null || this.#slot.confirmed === this.#slot.point;
  }

  /** The log is durable up to here. */
  get flushLsn(): number {
    return this.#walEnd;
  }

  get timeline(): number {
    return this.#branches.length + 1;
  }

  /** Where the log has branched off from that of a timeline; null: it is the same. */
  branchedAt(timeline: number): bigint | null {
    const later = this.#branches.slice(timeline - 1);
    return later.length === 0 ? null : BigInt(Math.min(...later));
  }

  /** Name of the process that holds the slot; null: nobody does. */
  get holder(): string | null {
    return this.#holder?.by ?? null;
  }

  /** Takes the slot, also from a process that has stopped to answer. */
  connect(by: string): SourceSession {
    this.#holder = { by, timeline: this.timeline, slot: this.#slots, position: 0, reads: 0 };
    return this.#holder;
  }

  disconnect(session: SourceSession): void {
    if (session === this.#holder) this.#holder = null;
  }

  /**
   * Streams from the end of the lake, which was written on a timeline. `wrong` hears of commits
   * that the slot no longer has. SOURCE_UNREACHABLE: another one has taken the slot.
   */
  start(session: SourceSession, { to, timeline }: { to: number; timeline: number }, wrong: (what: string) => void): void {
    if (session !== this.#holder) throw new TailraceError('SOURCE_UNREACHABLE', 'another one has the slot');
    session.position = Math.min(to, ...this.#branches.slice(timeline - 1));
    const confirmed = this.#slot?.confirmed ?? 0;
    if (session.position < confirmed) wrong(`the slot is at ${confirmed}, ahead of the lake, which ends at ${session.position}`);
  }

  /**
   * Makes the slot again, for a process that holds it, and returns where it begins. Commits of the
   * time without it are never sent. SOURCE_UNREACHABLE: another one has taken it.
   */
  createSlot(session: SourceSession): number {
    if (session !== this.#holder) throw new TailraceError('SOURCE_UNREACHABLE', 'another one has the slot');
    if (this.#slots > 0) while (this.#random.chance(0.5)) this.#commit();
    this.#slot = { point: this.#walEnd, confirmed: this.#walEnd };
    this.#slots += 1;
    session.slot = this.#slots;
    return this.#walEnd;
  }

  /** The log that the slot needs is removed. */
  loseSlot(): void {
    this.#slot = null;
    this.#holder = null;
  }

  /** The next commits of a session, at most this number; none: only a position. */
  read(session: SourceSession, most: number): { commits: readonly SourceCommit[]; to: number } {
    if (session.slot !== this.#slots || this.#slot === null) throw new TailraceError('SOURCE_UNREACHABLE', 'the slot is gone');
    const branch = this.#branches[session.timeline - 1];
    if (branch !== undefined && (session.reads += 1) > LAST_READS) throw new TailraceError('SOURCE_UNREACHABLE', 'the primary is gone');
    const next = this.#commits.findIndex(({ end }) => end > session.position);
    const first = next < 0 ? this.#commits.length : next;
    if (branch === undefined) while (this.#commits.length < first + most) this.#commit();
    const sent = this.#commits.slice(first).filter(({ end }) => branch === undefined || end <= branch);
    const commits = sent.slice(0, most);
    if (sent.length === 0 && branch === undefined) this.#walEnd += IDLE_BYTES;
    if (sent.length === 0) session.position = Math.max(session.position, branch === undefined ? this.#walEnd : branch + IDLE_BYTES);
    session.position = commits.at(-1)?.end ?? session.position;
    return { commits, to: session.position };
  }

  /** A position is durable. Only the connection that holds the slot can say so. */
  acknowledge(session: SourceSession, position: number): void {
    if (session === this.#holder && this.#slot !== null)
      this.#slot = { ...this.#slot, confirmed: Math.max(this.#slot.confirmed, position) };
  }

  /** A standby takes over, without what an idle log had after the last commit. */
  failOver(): void {
    this.#walEnd = this.#commits.at(-1)?.end ?? 0;
    this.#branches.push(this.#walEnd);
    // The standby has not what the slot begins with.
    if (this.#slot !== null && this.#slot.point > this.#walEnd) this.#slot = null;
    if (this.#slot !== null) this.#slot = { ...this.#slot, confirmed: Math.min(this.#slot.confirmed, this.#walEnd) };
    this.#holder = null;
  }

  /** How many commits a copy that begins now has, and the position below which they are. */
  consistentPoint(): { commits: number; lsn: number } {
    while (this.#commits.length === 0 || this.#random.chance(0.3)) this.#commit();
    return { commits: this.#commits.length, lsn: this.#commits.at(-1)?.end ?? 0 };
  }

  /** Rows of a table after this number of commits. */
  rowsAt(tableId: string, commits: number): ModelRows {
    const rows: ModelRows = new Map();
    for (const { changes } of this.#commits.slice(0, commits))
      mergeChanges(
        rows,
        changes.filter(({ oid }) => oid === oidOf(tableId)),
      );
    return rows;
  }

  /** The same as one text. */
  contentAt(tableId: string, commits: number): string {
    const of = `${tableId} ${commits}`;
    const known = this.#contents.get(of) ?? contentText(this.rowsAt(tableId, commits));
    if (commits <= this.#commits.length) this.#contents.set(of, known);
    return known;
  }

  #commit(): void {
    const lsn = this.#walEnd;
    this.#walEnd += COMMIT_BYTES;
    const xid = this.#commits.length + 1;
    const changes = Array.from({ length: this.#random.between(1, 3) }, (_, index) => ({
      oid: this.#random.pick(this.#oids),
      lsn,
      key: this.#random.between(1, KEYS),
      value: this.#random.chance(0.25) ? null : `${xid}.${index}`,
    }));
    this.#commits.push({ lsn, end: this.#walEnd, xid, changes, fact: this.#random.chance(0.1) ? this.#fact(xid) : null });
  }

  /** Now and then a table is dropped, and another one takes its place. */
  #fact(xid: number): SourceFact {
    const oid = this.#random.pick(this.#oids);
    const next = Math.max(...this.#oids) + 1;
    const isDropped = next <= TABLES && this.#random.chance(0.2);
    if (isDropped) this.#oids = [...this.#oids.filter((other) => other !== oid), next];
    return { kind: isDropped ? 'dropped' : 'resync', oid, reason: `event ${xid}` };
  }
}
