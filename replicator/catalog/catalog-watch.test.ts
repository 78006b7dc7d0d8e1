import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { NO_RULES } from '../../test/support/no-rules.ts';
import { schemaHash } from '../../core/table.ts';
import { testRelation, testTable } from '../../test/support/pgoutput/assembled.ts';
import { CatalogWatch } from './catalog-watch.ts';
import type { FactsObject } from './facts-store.ts';
import type { TableFacts } from './table-facts.ts';
import { TableTroubles } from './table-troubles.ts';

function factsOf(columns: readonly string[], filenode: number): TableFacts {
  const table = testTable(
    7,
    columns.map((name) => ({ name })),
    { key: ['a'] },
  );
  const storage = [{ oid: 7, filenode, xid: filenode, toast: 0, attached: false, joined: '' }];
  return { table, maxAttnum: columns.length, storage, labels: {}, versions: {} };
}

function aheadToIn(facts: FactsObject): unknown {
  return JSON.parse(new TextDecoder().decode(facts.bytes)).tables[0].aheadTo;
}

test('facts that are captured while a copy is requested ahead of the stream have its mark, and so have later ones', async () => {
  const [known, now] = [factsOf(['a', 'b'], 1), factsOf(['a', 'c', 'd'], 2)];
  const captured: unknown[] = [];
  const watch: CatalogWatch = new CatalogWatch(
    {
      epoch: 1,
      timeline: 1,
      publications: [],
      rules: NO_RULES,
      troubles: new TableTroubles({ tables: null, log: silentLogger(), time: { wall: () => 0 } }),
      log: silentLogger(),
      read: async () => now,
      position: async () => 0x900n,
      putSchema: async (table) => schemaHash(table),
      requestResync: async () => undefined,
      emit: () => captured.push(aheadToIn(watch.capture())),
      pause: async () => undefined,
    },
    new Map([[7, { facts: known, hash: schemaHash(known.table), truncatedBy: [], aheadTo: 0n, seenIn: 0 }]]),
    [],
  );
  await watch.relation(testRelation(now.table), 0x100n);
  expect([...captured, aheadToIn(watch.capture())]).toEqual(['0/900', '0/900']);
});
