/** A table that is in the publication now. */
export interface PublishedTable {
  readonly tableId: string;
  readonly oid: number;
  /** Quoted `schema.table`. */
  readonly table: string;
  /** Only its inserts and truncates are published. */
  readonly appendOnly: boolean;
  /** Its row filter in the publication, as Postgres prints it; absent: all rows. */
  readonly filter?: string;
}

/** One generation of a table in the lake. */
export interface KnownGeneration {
  readonly tableId: string;
  readonly generation: number;
  readonly done: boolean;
  /** Requests that it answers once it is done. */
  readonly requests: readonly string[];
}

/**
 * An open request for a new copy. It names the table by id where the requester knew it, else by
 * name.
 */
export interface CopyRequest {
  readonly id: string;
  readonly table: string;
  readonly tableId: string | null;
  readonly reason: string;
}

/** A table to copy, and why. */
export interface CopyTask extends PublishedTable {
  readonly generation: number;
  /**
   * The generation before it is unfinished and has the same purpose: that copy may be resumed
   * instead.
   */
  readonly unfinished: boolean;
  readonly reason: string;
  /** Requests that this copy answers. */
  readonly requests: readonly string[];
}

/** What to do now. */
export interface ChosenCopies {
  readonly copies: readonly CopyTask[];
  /** Requests that a finished generation has answered already; the answer was lost in a crash. */
  readonly served: readonly string[];
  /** Requests for tables that are not published (any more). */
  readonly unknown: readonly CopyRequest[];
}

/**
 * All that the decision depends on. `held`: tables that are being copied, wait after a failure, or
 * are still being loaded.
 */
export interface ChoiceInput {
  readonly tables: readonly PublishedTable[];
  readonly generations: readonly KnownGeneration[];
  readonly requests: readonly CopyRequest[];
  readonly held: ReadonlySet<string>;
}

/**
 * Decides which tables to copy: those without a finished generation, and those requested. A
 * finished table is not copied again without a request.
 */
export function chooseCopies(input: ChoiceInput): ChosenCopies {
  const copies: CopyTask[] = [];
  const served: string[] = [];
  const open = input.requests.filter((request) => {
    const answered = input.generations.some((known) => known.done && known.requests.includes(request.id));
    if (answered) served.push(request.id);
    return !answered;
  });
  const known = Map.groupBy(input.generations, ({ tableId }) => tableId);
  for (const table of input.tables) {
    if (input.held.has(table.tableId)) continue;
    const last = lastGeneration(known.get(table.tableId) ?? []);
    const asked = open.filter((request) => isFor(request, table));
    if (last?.done === true && asked.length === 0) continue;
    copies.push({
      ...table,
      generation: (last?.generation ?? 0) + 1,
      unfinished: last?.done === false && asked.every(({ id }) => last.requests.includes(id)),
      reason: asked.length > 0 ? requestedReason(asked) : last === undefined ? 'first copy' : 'unfinished copy',
      requests: asked.map((request) => request.id),
    });
  }
  const unknown = open.filter((request) => !input.tables.some((table) => isFor(request, table)));
  return { copies, served, unknown };
}

function isFor(request: CopyRequest, table: PublishedTable): boolean {
  return request.tableId === null ? request.table === table.table : request.tableId === table.tableId;
}

/** `generations`: those of one table, in any order. */
function lastGeneration(generations: readonly KnownGeneration[]): KnownGeneration | undefined {
  let last: KnownGeneration | undefined;
  for (const known of generations) {
    if (last !== undefined && known.generation < last.generation) continue;
    // It may be known twice: from a listing that lags, and from the copy that finished here.
    if (last?.generation !== known.generation || known.done) last = known;
  }
  return last;
}

function requestedReason(requests: readonly CopyRequest[]): string {
  return [...new Set(requests.map(({ reason }) => reason))].join('; ');
}
