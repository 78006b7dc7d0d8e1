import { Table, RecordBatchReader } from 'apache-arrow';
import { TailraceError } from '../core/errors.ts';
import { cellText } from './arrow-cell.ts';

/** The content of one Arrow file as texts; null is NULL. */
export interface DecodedFile {
  readonly fields: readonly string[];
  readonly rowCount: number;
  rows(): Generator<(string | null)[]>;
}

/** Reads an Arrow file for people. `name` is what an error says when it is not one. */
export function decodeArrowFile(bytes: Uint8Array, name: string): DecodedFile {
  const table = readTable(bytes, name);
  return {
    fields: table.schema.fields.map((field) => field.name),
    rowCount: table.numRows,
    *rows() {
      for (const batch of table.batches) {
        for (let row = 0; row < batch.numRows; row += 1) yield batch.data.children.map((column) => cellText(column, row));
      }
    },
  };
}

const MAGIC = 'ARROW1';

function readTable(bytes: Uint8Array, name: string): Table {
  const ends = [bytes.subarray(0, MAGIC.length), bytes.subarray(-MAGIC.length)];
  // Without both the library would take what is left for a stream, and a stream cut between batches
  // looks complete.
  if (!ends.every((end) => Buffer.from(end).toString('latin1') === MAGIC))
    throw new TailraceError('LAKE_CORRUPT', `${name} is not an Arrow file`);
  try {
    const reader = RecordBatchReader.from(bytes).open();
    return new Table(reader.schema, [...reader]);
  } catch (error) {
    throw new TailraceError('LAKE_CORRUPT', `${name} cannot be read as an Arrow file`, { cause: error });
  }
}
