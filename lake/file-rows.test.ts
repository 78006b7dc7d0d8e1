import { expect, test } from 'vitest';
import type { DecodedFile } from './arrow-read.ts';
import { fileRows } from './file-rows.ts';
import type { FileEntry } from './manifest.ts';

const DECODED: Pick<DecodedFile, 'fields' | 'rows'> = {
  fields: ['id', '_tr_commit_lsn', '_tr_commit_time', '_tr_xid'],
  *rows() {
    for (const xid of ['7', '8', '9']) yield ['x', '0', '1970-01-01T00:00:00.000000Z', xid];
  },
};

test('rows of an ordinary file are what is in it', () => {
  expect([...fileRows({} as FileEntry, DECODED)]).toEqual([...DECODED.rows()]);
});

test('of a transaction that came while it ran the manifest says the commit, and which rows are none', () => {
  const facts = { commitLsn: '1/A', commitTime: '2026-01-02T03:04:05.000006Z', topXid: 7, abortedXids: [8] };
  expect([...fileRows(facts as FileEntry, DECODED)]).toEqual([
    ['x', '4294967306', facts.commitTime, '7'],
    ['x', '4294967306', facts.commitTime, '9'],
  ]);
});
