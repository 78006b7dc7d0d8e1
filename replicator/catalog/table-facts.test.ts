import { expect, test } from 'vitest';
import { testRelation, testTable } from '../../test/support/pgoutput/assembled.ts';
import { explainCatalog, explainRelation } from './explain.ts';
import { withKnownNotNull } from './table-facts.ts';
import type { TableFacts } from './table-facts.ts';

/** A table of three columns, the first of them its key; those of these ids are NOT NULL. */
function factsWith(...notNull: number[]): TableFacts {
  const columns = ['id', 'a', 'b'].map((name, i) => ({ name, ...(notNull.includes(i + 1) ? { notNull: true as const } : {}) }));
  const table = testTable(10, columns, { key: ['id'] });
  return { table, maxAttnum: 3, storage: [], labels: {}, versions: { 1: 1, 2: 1, 3: 1 } };
}

function notNullOf(facts: TableFacts | null): number[] {
  return facts?.table.columns.filter((column) => column.notNull).map(({ id }) => id) ?? [];
}

test('a catalog ahead of the stream may say that a column can be NULL, not that it cannot', () => {
  expect(notNullOf(withKnownNotNull(factsWith(1, 2, 3), factsWith(1, 3)))).toEqual([1, 3]);
  expect(notNullOf(withKnownNotNull(factsWith(1), factsWith(1, 3)))).toEqual([1]);
  expect(notNullOf(withKnownNotNull(factsWith(2, 3), null))).toEqual([]);
  expect(withKnownNotNull(null, factsWith(1))).toBeNull();
});

test('adding or dropping NOT NULL is a change in place', () => {
  expect(explainCatalog(factsWith(1), factsWith(1, 2), [])).toEqual({ kind: 'schema' });
  expect(explainCatalog(factsWith(1, 2), factsWith(1), [])).toEqual({ kind: 'schema' });
  expect(explainCatalog(factsWith(1, 2), factsWith(1, 2), [])).toEqual({ kind: 'same' });
  const [relation, known, now] = [testRelation(factsWith(1).table), factsWith(1, 2), factsWith(1)];
  expect(explainRelation({ relation, known, now, truncatedBy: [] })).toEqual({ kind: 'schema', facts: now });
});
