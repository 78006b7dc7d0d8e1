import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Session } from 'chdb';
import { expect, test } from 'vitest';
import { ARROW_SAMPLE } from '../test/support/arrow-sample.ts';
import { scratch } from '../test/support/scratch.ts';
import { encodeArrowFile } from './arrow-file.ts';

const STRICT = 'input_format_null_as_default = 0, input_format_arrow_allow_missing_columns = 0';
const STRUCTURE = ARROW_SAMPLE.map((column) => `${column.name} ${column.clickhouse}`).join(', ');

function fileFunction(path: string): string {
  return `file('${path}', 'Arrow', '${STRUCTURE.replaceAll("'", "\\'")}')`;
}

test('ClickHouse reads every type, NULLs, empty arrays and maps exactly', async () => {
  await using folder = await scratch();
  const path = join(folder.path, 'sample.arrow');
  await writeFile(path, encodeArrowFile(ARROW_SAMPLE));
  const session = new Session();
  try {
    const shown = ARROW_SAMPLE.map((column) => (column.name === 'by' ? 'lower(hex(by))' : column.name)).join(', ');
    const answer = session.query(`SELECT ${shown} FROM ${fileFunction(path)} SETTINGS ${STRICT}`, 'TSVRaw').trimEnd();
    const rows = answer.split('\n').map((line) => line.split('\t'));
    expect(rows).toEqual([0, 1, 2].map((row) => ARROW_SAMPLE.map((column) => column.tsv[row])));
  } finally {
    session.cleanup();
  }
});

test('ClickHouse reads a file of no rows as no rows', async () => {
  await using folder = await scratch();
  const path = join(folder.path, 'empty.arrow');
  const columns = ARROW_SAMPLE.map((column) => ({ ...column, vector: { ...column.vector, length: 0, nullCount: 0, validity: null } }));
  await writeFile(path, encodeArrowFile(columns));
  const session = new Session();
  try {
    expect(session.query(`SELECT count(), count(i4), count(m) FROM ${fileFunction(path)} SETTINGS ${STRICT}`, 'TSV').trimEnd()).toBe(
      '0\t0\t0',
    );
  } finally {
    session.cleanup();
  }
});

test('ClickHouse refuses a file that lacks a field of its structure', async () => {
  await using folder = await scratch();
  const path = join(folder.path, 'sample.arrow');
  await writeFile(path, encodeArrowFile(ARROW_SAMPLE.slice(1)));
  const session = new Session();
  try {
    expect(() => session.query(`SELECT count(${ARROW_SAMPLE[0]?.name}) FROM ${fileFunction(path)} SETTINGS ${STRICT}`, 'TSV')).toThrow(
      /Column 'b' is not present in the Arrow IPC data.*THERE_IS_NO_COLUMN/,
    );
  } finally {
    session.cleanup();
  }
});
