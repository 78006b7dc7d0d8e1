import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { NO_RULES } from '../../test/support/no-rules.ts';
import { schemaHash } from '../../core/table.ts';
import { testRelation, testTable } from '../../test/support/pgoutput/assembled.ts';
import { CatalogWatch } from './catalog-watch.ts';
import type { FactsObject } from './stored-facts.ts';
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
  return facts.tables[0]?.value.aheadTo;
}

/** A watch that knows tables of `factsOf`, and what happened in it. */
function watchOf(known: readonly TableFacts[], now: TableFacts, onEmit: (kind: string) => void): CatalogWatch {
  return new CatalogWatch(
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
      emit: ({ kind }) => onEmit(kind),
      pause: async () => undefined,
    },
    new Map(known.map((facts) => [7, { facts, hash: schemaHash(facts.table), truncatedBy: [], aheadTo: 0n, seenIn: 0 }])),
    [],
  );
}

test('facts that are captured while a copy is requested ahead of the stream have its mark, and so have later ones', async () => {
  const [known, now] = [factsOf(['a', 'b'], 1), factsOf(['a', 'c', 'd'], 2)];
  const captured: unknown[] = [];
  const watch: CatalogWatch = watchOf([known], now, () => captured.push(aheadToIn(watch.capture())));
  await watch.relation(testRelation(now.table), 0x100n);
  expect([...captured, aheadToIn(watch.capture())]).toEqual(['0/900', '0/900']);
});

/** When the table was added to the publication, and who shows it first. */
type Added = readonly [known: 'known' | 'new', when: 'the start' | 'the look' | 'an earlier look', first: 'stream' | 'look'];

const ADDED: readonly Added[] = [
  ['new', 'the start', 'stream'],
  ['new', 'the start', 'look'],
  ['new', 'the look', 'stream'],
  ['new', 'an earlier look', 'stream'],
  ['known', 'the start', 'look'],
  ['known', 'the start', 'stream'],
  ['known', 'an earlier look', 'stream'],
];

test.each(ADDED)('a %s table that %s added and the %s shows first is reported once', async (known, when, first) => {
  const now = factsOf(['a', 'b'], 1);
  const events: string[] = [];
  const watch = watchOf(known === 'known' ? [now] : [], now, (kind) => events.push(kind));
  const addedIn = when === 'the start' ? 0 : watch.beginLook();
  if (first === 'stream') await watch.relation(testRelation(now.table), 0x100n);
  const number = when === 'the look' ? addedIn : watch.beginLook();
  await watch.settle({ number, tables: new Map([[7, now]]), added: new Map([[7, addedIn]]), askers: [], at: 0x200n, lastEnded: false });
  if (first === 'look') await watch.relation(testRelation(now.table), 0x300n);
  expect(events).toEqual([known === 'known' ? 'resync' : 'published']);
});
