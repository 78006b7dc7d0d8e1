/** A table that the publication has now. */
export interface PublishedTable {
  readonly tableId: string;
  readonly oid: number;
  /** Quoted `schema.table`. */
  readonly table: string;
  /** Only its inserts and truncates are published. */
  readonly appendOnly: boolean;
  /** The row filter with which it is published, as Postgres prints it; none: all rows. */
  readonly filter?: string;
}

/** What the lake knows of one generation of a table. */
export interface KnownGeneration {
  readonly tableId: string;
  readonly generation: number;
  readonly done: boolean;
  /** Requests that it answers once it is done. */
  readonly requests: readonly string[];
}

/** An open request for a new copy of a table, by its id where the asker knew it, else by name. */
export interface CopyRequest {
  readonly id: string;
  readonly table: string;
  readonly tableId: string | null;
  readonly reason: string;
}

/** A table to copy and what for. */
export interface CopyTask extends PublishedTable {
  readonly generation: number;
  /**
   * The generation before it is unfinished and of the same purpose: it may be gone on with instead.
   */
  readonly unfinished: boolean;
  readonly reason: string;
  /** Requests that this copy answers. */
  readonly requests: readonly string[];
}

/** What is to be done now. */
export interface ChosenCopies {
  readonly copies: readonly CopyTask[];
  /** Requests that a finished generation has answered already: their answer was lost in a crash. */
  readonly served: readonly string[];
  /** Requests for tables that are not published (any more). */
  readonly unknown: readonly CopyRequest[];
}

/**
 * Everything the decision rests on; `held` are tables being copied, waiting after a failure, or
 * still being loaded.
 */
export interface ChoiceInput {
  readonly tables: readonly PublishedTable[];
  readonly generations: readonly KnownGeneration[];
  readonly requests: readonly CopyRequest[];
  readonly held: ReadonlySet<string>;
}

/**
 * Says which tables to copy: those without a finished generation and those asked for. A finished
 * table is not copied again by itself.
 */
export function chooseCopies(input: ChoiceInput): ChosenCopies {
  const copies: CopyTask[] = [];
  const served: string[] = [];
  const open = input.requests.filter((request) => {
    const answered = input.generations.some((known) => known.done && known.requests.includes(request.id));
    if (answered) served.push(request.id);
    return !answered;
  });
  for (const table of input.tables) {
    if (input.held.has(table.tableId)) continue;
    const last = lastGeneration(input.generations, table.tableId);
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

function lastGeneration(generations: readonly KnownGeneration[], tableId: string): KnownGeneration | undefined {
  let last: KnownGeneration | undefined;
  for (const known of generations) {
    if (known.tableId !== tableId || (last !== undefined && known.generation < last.generation)) continue;
    // One may be known twice: from a listing that lags, and from whoever finished it.
    if (last?.generation !== known.generation || known.done) last = known;
  }
  return last;
}

function requestedReason(requests: readonly CopyRequest[]): string {
  return [...new Set(requests.map(({ reason }) => reason))].join('; ');
}
