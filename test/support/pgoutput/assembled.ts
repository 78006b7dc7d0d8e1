import type { ColumnType } from '../../../core/column-type.ts';
import { tableId } from '../../../core/table.ts';
import type { Identity, TableSchema } from '../../../core/table.ts';
import { encodeArrowFile } from '../../../lake/arrow-file.ts';
import { decodeArrowFile } from '../../../lake/arrow-read.ts';
import { PgoutputDecoder } from '../../../postgres/pgoutput/decoder.ts';
import type { Relation } from '../../../postgres/pgoutput/handler.ts';
import { Assembler } from '../../../replicator/rows/assemble.ts';
import { fileColumns } from '../../../replicator/rows/file-columns.ts';
import type { FinishedPart } from '../../../replicator/rows/finish-part.ts';
import { OpenBatch } from '../../../replicator/rows/open-batch.ts';
import { compilePlan } from '../../../replicator/rows/relation-plan.ts';
import type { RelationPlan } from '../../../replicator/rows/relation-plan.ts';
import type { StreamedTransaction } from '../../../replicator/rows/streamed-transaction.ts';
import type { Commit } from '../../../replicator/rows/transaction.ts';
import { visibleRelation } from '../../../replicator/rows/visible-relation.ts';
import type { TablePart } from '../../../replicator/rows/table-part.ts';

/** A column of a test table: name, type, and what goes with it. */
export interface TestColumn {
  readonly name: string;
  readonly type?: ColumnType;
  readonly typeOid?: number;
  readonly id?: number;
  readonly notNull?: true;
}

/** A table schema with columns of type text unless said otherwise; `key` names its key columns. */
export function testTable(
  oid: number,
  columns: readonly TestColumn[],
  options: { key?: readonly string[]; identity?: Identity } = {},
): TableSchema {
  const made = columns.map(({ name, type = { kind: 'text' }, typeOid = 25, id, notNull }, index) => ({
    id: id ?? index + 1,
    name,
    attnum: id ?? index + 1,
    typeOid,
    typmod: -1,
    typeName: type.kind,
    field: name,
    type,
    missing: null,
    ...(notNull === undefined ? {} : { notNull }),
  }));
  const key = (options.key ?? []).map((name) => made.find((column) => column.name === name)?.id ?? 0);
  const identity = options.identity ?? (key.length > 0 ? 'key' : 'append');
  return { tableId: tableId(oid, 1), oid, epoch: 1, schema: 'public', name: `t${oid}`, identity, columns: made, key, explained: true };
}

/** The Relation message that the server sends for such a table. */
export function testRelation(table: TableSchema, identity: Relation['identity'] = table.identity === 'full' ? 'f' : 'd'): Relation {
  return {
    oid: table.oid,
    schema: table.schema,
    name: table.name,
    identity,
    columns: table.columns.map(({ id, name, typeOid, typmod }) => ({
      name,
      typeOid,
      typmod,
      key: identity === 'f' || table.key.includes(id),
    })),
  };
}

/** Everything behind the socket up to the batch, without I/O. */
export interface Bench {
  readonly batch: OpenBatch;
  readonly assembler: Assembler;
  readonly truncated: readonly [number, number][];
  /** Transactions that came while they ran, in the order of their commits. */
  readonly streamed: readonly { transaction: StreamedTransaction; commit: Commit }[];
  /** Why transactions in progress could not be taken. */
  readonly refused: readonly string[];
  feed(...messages: Buffer[]): void;
}

/** Tables are planned at once, as if each had been explained. */
export function assemblyBench(tables: readonly TableSchema[], start = 0n): Bench {
  const batch = new OpenBatch(start, { wall: () => 0, elapsed: () => 0 });
  const truncated: [number, number][] = [];
  const streamed: { transaction: StreamedTransaction; commit: Commit }[] = [];
  const refused: string[] = [];
  const planOf = (relation: Relation): RelationPlan | null => {
    const table = tables.find(({ oid }) => oid === relation.oid);
    return table === undefined ? null : compilePlan(visibleRelation(relation, undefined), table, null);
  };
  const assembler: Assembler = new Assembler(batch, {
    relation: (relation) => assembler.setPlan(relation.oid, planOf(relation)),
    truncated: (oid, xid) => truncated.push([oid, xid]),
    said: () => undefined,
    committed: () => undefined,
    foresee: (relation) => planOf(relation),
    refused: (error) => refused.push(error.message),
    streamCommitted: (transaction, commit) => streamed.push({ transaction, commit }),
    streamRolledBack: () => undefined,
  });
  const decoder = new PgoutputDecoder(assembler);
  return {
    batch,
    assembler,
    truncated,
    streamed,
    refused,
    feed(...messages) {
      // In the middle of a larger buffer, as in a socket's chunk.
      for (const bytes of messages) decoder.decode(Buffer.concat([Buffer.alloc(7), bytes, Buffer.alloc(3)]), 7, 7 + bytes.length);
    },
  };
}

/** One file as its reader sees it: rows by column name, every value as text. */
export interface ReadPart {
  readonly part: FinishedPart;
  readonly rows: Record<string, string | null>[];
}

/** Finishes a file and reads it back through Arrow. */
export function readPart(growing: TablePart): ReadPart {
  const part = growing.finish();
  const file = decodeArrowFile(encodeArrowFile(fileColumns(part)), 'a file of the test');
  const rows = [...file.rows()].map((row) => Object.fromEntries(file.fields.map((field, index) => [field, row[index] ?? null])));
  return { part, rows };
}
