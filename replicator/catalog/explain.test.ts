import { expect, test } from 'vitest';
import { testRelation, testTable } from '../../test/support/pgoutput/assembled.ts';
import type { TestColumn } from '../../test/support/pgoutput/assembled.ts';
import { explainCatalog, explainRelation } from './explain.ts';
import type { Storage, TableFacts } from './table-facts.ts';

const INT: TestColumn = { name: 'id', type: { kind: 'int4' }, typeOid: 23 };
const A: TestColumn = { name: 'a', id: 2 };
const B: TestColumn = { name: 'b', id: 3 };

const stored = (oid: number, filenode: number, xid: number, more: Partial<Storage> = {}): Storage => ({
  oid,
  filenode,
  xid,
  toast: 0,
  attached: false,
  joined: '',
  ...more,
});

function facts(columns: TestColumn[], more: Partial<TableFacts> & { key?: string[]; name?: string } = {}): TableFacts {
  const { key = ['id'], name, ...rest } = more;
  const table = testTable(10, columns, { key });
  return {
    table: { ...table, name: name ?? table.name },
    maxAttnum: Math.max(...table.columns.map(({ id }) => id)),
    storage: [stored(10, 1, 5)],
    labels: {},
    versions: Object.fromEntries(table.columns.map(({ id }) => [id, 1])),
    ...rest,
  };
}

const KNOWN = facts([INT, A, B]);
const moved = { storage: [stored(10, 2, 9)] };
/** As an ALTER TABLE leaves it that gives column 2 other values. */
const rewritten = { ...moved, versions: { 1: 1, 2: 9, 3: 1 } };
const toasted = (toast: number, filenode: number): Partial<TableFacts> => ({ storage: [stored(10, filenode, 5, { toast })] });
const numeric = (precision: number, scale: number, typmod: number, unbounded = false): TableFacts => {
  const type = { kind: 'numeric', precision, scale, ...(unbounded ? { unbounded } : {}) } as const;
  const made = facts([INT, { ...A, type, typeOid: 1700 }]);
  return {
    ...made,
    table: { ...made.table, columns: made.table.columns.map((column) => (column.id === 2 ? { ...column, typmod } : column)) },
  };
};

function withMissing(of: TableFacts): TableFacts {
  const columns = of.table.columns.map((column) => (column.id > 3 ? { ...column, missing: 'x' } : column));
  return { ...of, table: { ...of.table, columns } };
}

test.each<[string, TableFacts, TableFacts, number[], object]>([
  ['nothing changed', KNOWN, KNOWN, [], { kind: 'same' }],
  ['a column was added at the end', KNOWN, facts([INT, A, B, { name: 'c', id: 4 }]), [], { kind: 'schema' }],
  ['a column is gone', KNOWN, facts([INT, A], { maxAttnum: 3 }), [], { kind: 'schema' }],
  ['a column is gone and another one new', KNOWN, facts([INT, A, { name: 'c', id: 4 }]), [], { kind: 'schema' }],
  ['a column has a new name', KNOWN, facts([INT, A, { name: 'z', id: 3 }]), [], { kind: 'schema' }],
  ['the table has a new name', KNOWN, facts([INT, A, B], { name: 'other' }), [], { kind: 'schema' }],
  ['varchar became text', facts([INT, { ...A, typeOid: 1043 }]), facts([INT, A]), [], { kind: 'schema' }],
  ['a numeric got more digits of the same scale', numeric(10, 2, 1), numeric(12, 2, 2), [], { kind: 'schema' }],
  ['a numeric got another scale', numeric(10, 2, 1), numeric(10, 4, 2), [], { kind: 'resync' }],
  ['a numeric lost its precision', numeric(10, 2, 1), numeric(76, 38, -1, true), [], { kind: 'schema' }],
  ['a numeric lost a precision that the open column has not', numeric(50, 2, 1), numeric(76, 38, -1, true), [], { kind: 'resync' }],
  ['a numeric got a precision', numeric(76, 38, -1, true), numeric(76, 38, 2), [], { kind: 'resync' }],
  ['a numeric of too many digits got more of them', numeric(76, 2, 1, true), numeric(76, 2, 2, true), [], { kind: 'schema' }],
  ['a numeric of too many digits lost its precision', numeric(76, 2, 1, true), numeric(76, 38, -1, true), [], { kind: 'resync' }],
  [
    'a numeric without precision was kept as text by an earlier version',
    facts([INT, { ...A, typeOid: 1700 }]),
    numeric(76, 38, -1, true),
    [],
    { kind: 'resync', reason: 'column "a" of type numeric gets a different type in the warehouse' },
  ],
  [
    'an integer became wider, which rewrites every row',
    KNOWN,
    facts([{ ...INT, type: { kind: 'int8' }, typeOid: 20 }, A, B], rewritten),
    [],
    { kind: 'resync' },
  ],
  ['a column was dropped and added under its name', KNOWN, facts([INT, A, { name: 'b', id: 4 }]), [], { kind: 'resync' }],
  ['two columns exchanged their names', KNOWN, facts([INT, { name: 'b', id: 2 }, { name: 'a', id: 3 }]), [], { kind: 'schema' }],
  ['a column took the name of one that is gone', KNOWN, facts([INT, { name: 'b', id: 2 }], { maxAttnum: 3 }), [], { kind: 'resync' }],
  [
    'an interval was kept as text by an earlier version',
    facts([INT, { ...A, typeOid: 1186 }]),
    facts([INT, { ...A, typeOid: 1186, type: { kind: 'interval' } }]),
    [],
    { kind: 'resync' },
  ],
  [
    'cidr became inet, which prints otherwise',
    facts([INT, { ...A, typeOid: 650 }]),
    facts([INT, { ...A, typeOid: 869 }]),
    [],
    { kind: 'resync' },
  ],
  ['the key changed', KNOWN, facts([INT, A, B], { key: ['a'] }), [], { kind: 'resync', reason: 'its identity changed' }],
  ['the storage alone changed', KNOWN, facts([INT, A, B], rewritten), [], { kind: 'resync', reason: 'it was rewritten' }],
  ['the rows moved and no column was touched, as by VACUUM FULL', KNOWN, facts([INT, A, B], moved), [], { kind: 'same' }],
  [
    'the rows moved with their TOAST table, and a column was touched, as by VACUUM FULL and SET DEFAULT',
    facts([INT, A, B], toasted(7, 1)),
    facts([INT, A, B], { ...rewritten, ...toasted(7, 2) }),
    [],
    { kind: 'same' },
  ],
  [
    'the rows moved to a new TOAST table, as by an ALTER TABLE',
    facts([INT, A, B], toasted(7, 1)),
    facts([INT, A, B], { ...rewritten, ...toasted(8, 2) }),
    [],
    { kind: 'resync' },
  ],
  ['the rows moved and a column is gone', KNOWN, facts([INT, A], { ...moved, maxAttnum: 3 }), [], { kind: 'schema' }],
  [
    'a column was added, and the rows moved, so what older rows have in it is lost',
    KNOWN,
    facts([INT, A, B, { name: 'c', id: 4 }], moved),
    [],
    { kind: 'resync' },
  ],
  [
    'a column was added with a value for older rows that is still known, and the rows moved before',
    KNOWN,
    withMissing(facts([INT, A, B, { name: 'c', id: 4 }], moved)),
    [],
    { kind: 'schema' },
  ],
  ['the rows moved by a truncate that was streamed', KNOWN, facts([INT, A, B], moved), [9], { kind: 'same' }],
  ['values were rewritten by the transaction of a truncate', KNOWN, facts([INT, A, B], rewritten), [9], { kind: 'resync' }],
  [
    'a partition is gone',
    facts([INT], {
      storage: [stored(10, 0, 1), stored(11, 4, 1)],
    }),
    facts([INT], { storage: [stored(10, 0, 1)] }),
    [],
    { kind: 'resync', reason: 'it lost a partition' },
  ],
  [
    'a partition was emptied',
    facts([INT], {
      storage: [stored(10, 0, 1), stored(11, 4, 1)],
    }),
    facts([INT], {
      storage: [stored(10, 0, 1), stored(11, 5, 2)],
    }),
    [],
    { kind: 'resync', reason: 'a partition was emptied or rewritten' },
  ],
  [
    'a partition was emptied by a truncate of the whole table that was streamed',
    facts([INT], {
      storage: [stored(10, 0, 1), stored(11, 4, 1)],
    }),
    facts([INT], {
      storage: [stored(10, 0, 1), stored(11, 5, 2)],
    }),
    [2],
    { kind: 'same' },
  ],
  [
    'a partition was made',
    facts([INT], { storage: [stored(10, 0, 1)] }),
    facts([INT], { storage: [stored(10, 0, 1), stored(11, 4, 2)] }),
    [],
    { kind: 'same' },
  ],
  [
    'a table was attached as a partition',
    facts([INT], { storage: [stored(10, 0, 1)] }),
    facts([INT], { storage: [stored(10, 0, 1), stored(11, 4, 2, { attached: true })] }),
    [],
    { kind: 'resync', reason: 'a table was attached to it as a partition' },
  ],
  ['an enum got a label', facts([INT], { labels: { '2': 'x\ny' } }), facts([INT], { labels: { '2': 'x\nz\ny' } }), [], { kind: 'same' }],
  [
    'a composite got an attribute, so that older rows print one more',
    facts([INT], { labels: { '2': '(1 23 -1)' } }),
    facts([INT], { labels: { '2': '(1 23 -1,2 25 -1)' } }),
    [],
    { kind: 'resync' },
  ],
  [
    'an enum label was renamed',
    facts([INT], { labels: { '2': 'x\ny' } }),
    facts([INT], { labels: { '2': 'x\nz' } }),
    [],
    { kind: 'resync' },
  ],
])('catalog: %s', (_name, ...[known, now, truncatedBy, expected]) => {
  expect(explainCatalog(known, now, truncatedBy)).toMatchObject(expected);
});

const WIDEST = facts([INT, A, B, { name: 'c', id: 4 }, { name: 'd', id: 5 }]);
const OTHER = facts([INT, A, B], { name: 'other' });
const WIDER = facts([INT, A, B, { name: 'c', id: 4 }]);

test.each<[string, TableFacts, TableFacts | null, TableFacts | null, string]>([
  ['as known and as in the catalog', KNOWN, KNOWN, KNOWN, 'known'],
  ['a table that was not known', KNOWN, null, KNOWN, 'new'],
  ['a column more, as in the catalog', WIDER, KNOWN, WIDER, 'schema'],
  ['a column less, as in the catalog', KNOWN, WIDER, { ...KNOWN, maxAttnum: 4 }, 'schema'],
  ['another name', OTHER, KNOWN, OTHER, 'schema'],
  [
    'another name while the catalog has one more and a column more',
    OTHER,
    KNOWN,
    { ...WIDER, table: { ...WIDER.table, name: 'third' } },
    'schema',
  ],
  ['as known while the catalog is ahead', KNOWN, KNOWN, WIDER, 'known'],
  ['as known while the table is dropped by now', KNOWN, KNOWN, null, 'known'],
  ['a column more while the catalog is behind', WIDER, KNOWN, KNOWN, 'unclear'],
  ['a column more while the catalog has two more', WIDER, KNOWN, WIDEST, 'schema'],
  ['a column less while the catalog has two less', facts([INT, A], { maxAttnum: 3 }), KNOWN, facts([INT], { maxAttnum: 3 }), 'schema'],
  ['a column more and one that goes later', WIDER, KNOWN, facts([INT, B, { name: 'c', id: 4 }, { name: 'd', id: 5 }]), 'schema'],
  [
    'a column more under a name that it lost again',
    WIDER,
    KNOWN,
    facts([INT, A, B, { name: 'z', id: 4 }, { name: 'd', id: 5 }]),
    'unclear',
  ],
  [
    'all columns under names that nobody knows any more',
    facts(
      [
        { ...INT, name: 'x' },
        { name: 'y', id: 2 },
        { name: 'z', id: 3 },
      ],
      { key: ['x'] },
    ),
    KNOWN,
    WIDER,
    'schema',
  ],
  ['a column more, under another name then', WIDER, KNOWN, facts([INT, A, B, { name: 'z', id: 4 }]), 'schema'],
  ['a column more that is gone again', WIDER, KNOWN, facts([INT, A, B, { name: 'd', id: 5 }]), 'unclear'],
  [
    'a name that two columns had',
    facts([INT, { name: 'c', id: 2 }]),
    facts([INT, { name: 'c', id: 2 }, { name: 'e', id: 3 }]),
    facts([INT, { name: 'c', id: 4 }, { name: 'd', id: 5 }]),
    'unclear',
  ],
  ['a column more while the catalog has two more and other storage', WIDER, KNOWN, { ...WIDEST, ...rewritten }, 'unclear'],
  ['not known and dropped by now', KNOWN, null, null, 'gone'],
  ['byte by byte as known, but a column was dropped and added again', KNOWN, KNOWN, facts([INT, A, { name: 'b', id: 4 }]), 'resync'],
  [
    'a column more that may have been another one of the same name before',
    WIDER,
    KNOWN,
    facts([INT, A, B, { name: 'c', id: 5 }]),
    'resync',
  ],
  ['a column more and the storage rewritten', WIDER, KNOWN, { ...WIDER, ...rewritten }, 'resync'],
  [
    'a column more and a label of another one renamed',
    WIDER,
    { ...KNOWN, labels: { '2': 'x\ny' } },
    { ...WIDER, labels: { '2': 'x\nz' } },
    'resync',
  ],
  [
    'a column more and a label for another one',
    WIDER,
    { ...KNOWN, labels: { '2': 'x\ny' } },
    { ...WIDER, labels: { '2': 'x\ny\nz' } },
    'schema',
  ],
  ['a column less and the rows moved', KNOWN, WIDER, { ...KNOWN, ...moved, maxAttnum: 4 }, 'schema'],
  ['as known while the storage is rewritten, which is for the next look', KNOWN, KNOWN, { ...KNOWN, ...rewritten }, 'known'],
])('relation: %s', (_name, ...[streamed, known, now, kind]) => {
  expect(explainRelation({ relation: testRelation(streamed.table), known, now, truncatedBy: [] }).kind).toBe(kind);
});

test('a relation with the same columns and another key is another relation', () => {
  expect(
    explainRelation({
      relation: testRelation(KNOWN.table),
      known: facts([INT, A, B], { key: ['a'] }),
      now: facts([INT, A, B], { key: ['a'] }),
      truncatedBy: [],
    }).kind,
  ).toBe('unclear');
});

test('FULL with a valid key is told apart by that key', () => {
  expect(explainRelation({ relation: testRelation(KNOWN.table, 'f'), known: KNOWN, now: KNOWN, truncatedBy: [] }).kind).toBe('known');
});

test('FULL of a table whose rows cannot be told apart all the same is known as append-only', () => {
  const loose: TableFacts = { ...KNOWN, table: { ...KNOWN.table, identity: 'append', key: [] } };
  expect(explainRelation({ relation: testRelation(KNOWN.table, 'f'), known: loose, now: loose, truncatedBy: [] }).kind).toBe('known');
});
