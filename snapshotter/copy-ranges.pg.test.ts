import { expect, test } from 'vitest';
import { TailraceError } from '../core/errors.ts';
import { listGenerations } from '../lake/snapshot-log.ts';
import { copy } from '../test/support/copied-group.ts';
import { FaultyStore } from '../test/support/faulty-store.ts';
import { MemoryStore } from '../test/support/memory-store.ts';
import { createDatabase } from '../test/support/postgres.ts';
import type { TestDatabase } from '../test/support/postgres.ts';
import { Failures } from './failures.ts';

const TWO_LEAVES = `
  CREATE TABLE parent (id int, part int, body text, PRIMARY KEY (id, part)) PARTITION BY LIST (part);
  CREATE TABLE large PARTITION OF parent FOR VALUES IN (1);
  CREATE TABLE small PARTITION OF parent FOR VALUES IN (2);
  INSERT INTO parent SELECT i, 1, repeat('x', 1000) FROM generate_series(1, 40000) i;
  INSERT INTO parent VALUES (1, 2, 'y')`;

/**
 * Copies `parent` in two ranges at once. `sql` runs between its plan and its ranges and breaks the
 * second range; the first one takes much longer.
 */
async function breakSecondRange(database: TestDatabase, sql: string, url = database.url): Promise<unknown> {
  const store = new FaultyStore(new MemoryStore());
  const done = Promise.withResolvers<void>();
  const breakIt = (): void => void database.query(sql).then(() => done.resolve(), done.reject);
  store.set({ on: 'put', key: /plan\.json$/, fault: { kind: 'hold', until: done.promise, onHeld: breakIt } });
  const { settled } = await copy(database, ['public.parent'], { store, source: { url } });
  const [generation] = await listGenerations(store);
  expect(generation).toMatchObject({ plan: { ranges: [{}, {}] }, done: null });
  return settled.get('public.parent');
}

test('a range that fails hides no cause behind the ranges that stop because of it: a changed table is tried again at once', async () => {
  await using database = await createDatabase();
  await database.query(TWO_LEAVES);
  const error = await breakSecondRange(database, 'TRUNCATE small');
  expect(error).toBeInstanceOf(TailraceError);
  expect(String(error)).toMatch(/^TailraceError: TABLE_CHANGED: public\.small .* while it was copied\./);
  expect(new Failures().failed('1_1', 0, error)).toBe(100);
});

test('a range that may not connect says so, with the hint of its code', async () => {
  await using database = await createDatabase();
  const role = `reader_${database.name}`;
  await database.query(`${TWO_LEAVES}; CREATE ROLE ${role} LOGIN REPLICATION; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`);
  const url = new URL(database.url);
  url.username = role;
  try {
    const error = await breakSecondRange(database, `ALTER ROLE ${role} NOLOGIN`, url.href);
    expect(String(error)).toMatch(
      /SOURCE_AUTH: .* not permitted to log in.* Check the user, password and pg_hba\.conf entry of --source\.$/,
    );
  } finally {
    await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
});

test('a copy whose snapshot is lost says so', async () => {
  await using database = await createDatabase();
  await database.query(TWO_LEAVES);
  const holder = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_export_snapshot%' AND datname = current_database() AND pid <> pg_backend_pid()`;
  expect(String(await breakSecondRange(database, holder))).toMatch(
    /SOURCE_UNREACHABLE: the connection to .* was lost: terminating connection due to administrator command/,
  );
});
