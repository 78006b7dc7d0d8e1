import type { LogicalMessage, PgoutputHandler, Relation, StreamHandler, TypeName } from '../../../postgres/pgoutput/handler.ts';
import type { TupleRange } from '../../../postgres/pgoutput/tuple.ts';

/**
 * Keeps every call as a value: tuples as arrays, NULL as null, unchanged as undefined, text as
 * string, binary as Buffer.
 */
export class Recorder implements PgoutputHandler {
  readonly calls: unknown[][] = [];
  readonly stream: StreamHandler = {
    start: (...args) => this.#note('stream start', args),
    stop: () => this.#note('stream stop', []),
    changeXid: (xid) => this.#note('xid', [xid]),
    commit: (...args) => this.#note('stream commit', args),
    abort: (...args) => this.#note('stream abort', args),
    beginPrepare: (transaction) => this.#note('begin prepare', [transaction]),
    prepare: (transaction) => this.#note('prepare', [transaction]),
    commitPrepared: (transaction) => this.#note('commit prepared', [transaction]),
    rollbackPrepared: (transaction) => this.#note('rollback prepared', [transaction]),
    streamPrepare: (transaction) => this.#note('stream prepare', [transaction]),
  };

  begin(...args: [bigint, bigint, number]): void {
    this.#note('begin', args);
  }
  commit(...args: [bigint, bigint, bigint]): void {
    this.#note('commit', args);
  }
  relation(relation: Relation): void {
    this.#note('relation', [relation]);
  }
  type(type: TypeName): void {
    this.#note('type', [type]);
  }
  origin(lsn: bigint, name: string): void {
    this.#note('origin', [lsn, name]);
  }
  insert(relId: number, newTuple: TupleRange, buf: Buffer): void {
    this.#note('insert', [relId, rowOf(newTuple, buf)]);
  }
  update(relId: number, oldTuple: TupleRange | null, newTuple: TupleRange, buf: Buffer): void {
    this.#note('update', [relId, oldTuple && imageOf(oldTuple, buf), rowOf(newTuple, buf)]);
  }
  delete(relId: number, oldTuple: TupleRange, buf: Buffer): void {
    this.#note('delete', [relId, imageOf(oldTuple, buf)]);
  }
  truncate(relIds: readonly number[], flags: number): void {
    this.#note('truncate', [[...relIds], flags]);
  }
  message(message: LogicalMessage): void {
    this.#note('message', [message.transactional, message.lsn, message.prefix, message.content.toString('latin1')]);
  }

  #note(name: string, args: readonly unknown[]): void {
    this.calls.push([name, ...args]);
  }
}

/** The letter of the image and its values. */
function imageOf(tuple: TupleRange, buf: Buffer): unknown[] {
  return [String.fromCharCode(tuple.image), ...rowOf(tuple, buf)];
}

function rowOf(tuple: TupleRange, buf: Buffer): unknown[] {
  const values: unknown[] = [];
  for (let i = 0; i < tuple.count; i += 1) {
    const bytes = buf.subarray(tuple.start[i], tuple.end[i]);
    const kind = String.fromCharCode(tuple.kind[i] ?? 0);
    values.push(kind === 't' ? bytes.toString() : kind === 'b' ? Buffer.from(bytes) : kind === 'n' ? null : undefined);
  }
  return values;
}
