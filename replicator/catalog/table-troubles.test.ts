import { expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { TableTroubles } from './table-troubles.ts';
import type { FoundTrouble } from './table-troubles.ts';

const found = (oid: number, state: FoundTrouble['state'], message: string): FoundTrouble => ({
  oid,
  table: `public.t${oid}`,
  state,
  code: 'TABLE_UNPUBLISHED',
  message,
});

/** Troubles by a clock that is set by hand, and what was said of them. */
function troubles() {
  const said: unknown[] = [];
  const log = silentLogger();
  log.warn = (what: { table: string }) => said.push(what.table);
  const clock = { at: 0, wall: () => clock.at };
  return { clock, said, of: new TableTroubles({ tables: ['public.*'], log, time: clock }) };
}

test('a problem that every look finds is logged once, and dated from the first look', () => {
  const { clock, said, of } = troubles();
  of.look([found(1, 'unpublished', 'not the owner'), found(2, 'waiting', 'pid 7')]);
  const { changes } = of;
  clock.at = 60_000;
  of.look([found(1, 'unpublished', 'not the owner'), found(2, 'waiting', 'pid 7')]);
  expect(of.changes).toBe(changes);
  // Another session holds the lock: readers see it, the log does not repeat it.
  of.look([found(1, 'unpublished', 'not the owner'), found(2, 'waiting', 'pid 8')]);
  expect(of.changes).toBeGreaterThan(changes);
  expect(said).toEqual(['public.t1', 'public.t2']);
  expect(of.told().troubles.map(({ message, at }) => [message, at])).toEqual([
    ['not the owner', '1970-01-01T00:00:00.000Z'],
    ['pid 8', '1970-01-01T00:00:00.000Z'],
  ]);
  of.look([found(1, 'unpublished', 'no schema')]);
  expect(said).toEqual(['public.t1', 'public.t2', 'public.t1']);
  expect(of.told()).toMatchObject({ tables: ['public.*'], troubles: [{ oid: 1, message: 'no schema', at: '1970-01-01T00:01:00.000Z' }] });
});

test('a table that is held back is among them until the configuration fits it again', () => {
  const { of } = troubles();
  expect(of.hold({ oid: 1, table: 'public.t1' }, 'it names a column that is not there')).toBe(true);
  expect(of.hold({ oid: 1, table: 'public.t1' }, 'it names a column that is not there')).toBe(false);
  of.look([]);
  expect(of.told().troubles).toMatchObject([{ table: 'public.t1', state: 'unpublished' }]);
  of.release(1);
  expect(of.told().troubles).toEqual([]);
});
