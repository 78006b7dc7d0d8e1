import { expect, test } from 'vitest';
import { DirectoryStore } from '../../lake/store/directory-store.ts';
import { getReaders } from '../../lake/readers.ts';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { FoldedLines, parseLines } from '../support/tap/fold-lines.ts';
import type { TapLine } from '../support/tap/fold-lines.ts';

const BIG = "(select string_agg(md5((n * g)::text), '') from generate_series(1, 200) g)";

const place = ({ lsn, ordinal, oid, op, copied = 0 }: TapLine): string => [lsn, ordinal, oid, op, copied].join(' ');

/** The rows of each table of the source as JSON, by oid. */
async function sourceRows(database: TestDatabase): Promise<Map<number, string[]>> {
  const tables = await database.query<{ oid: string; name: string }>(
    "select c.oid::text, relname as name from pg_class c where relkind = 'r' and relnamespace = 'public'::regnamespace",
  );
  const found = new Map<number, string[]>();
  for (const { oid, name } of tables) {
    const rows = await database.query<{ row: Record<string, unknown> }>(`select row_to_json(t) as row from "${name}" t`);
    const texts = rows.map(({ row }) => JSON.stringify(Object.fromEntries(Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1)))));
    found.set(Number(oid), texts.toSorted());
  }
  return found;
}

test('lines of a tap that is killed and begins again after its last line are whole, single, in order, and fold to the tables', async () => {
  await using database = await createDatabase();
  await database.query(`
    create table items (id int primary key, n int, big text);
    alter table items alter big set storage external;
    insert into items select n, 0, ${BIG} from generate_series(1, 5) n;
    create table loose (line text);
    alter table loose replica identity full;
    insert into loose values ('a'), ('a'), (null);`);
  await using pipeline = createPipeline({ source: database.url, env: { TAILRACE_SOURCE_HEARTBEAT: '1s' } });
  const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
  await run.event('live');
  const first = pipeline.start(['tap', '--from', 'start']);
  await eventually(() => parseLines(first.stdout()).length >= 8, 'the rows of the copies');
  await database.query(`update items set n = n + 1; update items set id = id + 100 where id < 3; delete from loose where ctid = '(0,1)'`);
  await database.query('create table later (id int primary key, seen bool); insert into later values (1, true)');
  await eventually(
    () => parseLines(first.stdout()).some(({ table, op }) => table === 'public.later' && op === 'copy'),
    'the copy of a new table',
  );
  await database.query('update items set n = 7 where id = 101; update items set n = 8 where id = 102');
  await eventually(() => parseLines(first.stdout()).some(({ row }) => row?.['n'] === 7), 'a line of that update');
  first.kill('SIGKILL');
  const store = new DirectoryStore(pipeline.lake);
  await first.ended();
  expect((await getReaders(store)).filter(({ warehouseId }) => warehouseId.startsWith('tap-'))).toHaveLength(1);

  await database.query(`
    alter table items add more text default 'x';
    insert into items (id, n, big) select n, n, ${BIG} from generate_series(201, 203) n;
    begin; savepoint a; insert into items (id) values (300); rollback to a; insert into items (id) values (301); commit;
    truncate loose; insert into loose values ('c')`);
  await database.query(
    'alter table items rename to goods; alter table goods alter n type text using n || $$!$$; update goods set id = id + 1000',
  );
  expect(await pipeline.cli(['await', '--now', '--timeout', '120s'])).toMatchObject({ code: 0 });
  const had = parseLines(first.stdout());
  const last = had.at(-1);
  const [{ lsn } = { lsn: '' }] = await database.query<{ lsn: string }>('select pg_current_wal_lsn()::text as lsn');
  const again = await pipeline.cli(['tap', '--from', last?.lsn ?? '', '--to', lsn]);
  expect(again).toMatchObject({ code: 0 });
  const rest = parseLines(again.stdout);
  const at = rest.findIndex((line) => last !== undefined && place(line) === place(last));
  expect(at).toBeGreaterThanOrEqual(0);
  const lines = [...had, ...rest.slice(at + 1)];
  expect(new Set(lines.map(place)).size).toBe(lines.length);
  const order = lines.map(
    (line) =>
      line.lsn
        .split('/')
        .map((part) => part.padStart(8, '0'))
        .join('') + String(line.ordinal).padStart(9, '0'),
  );
  expect(order).toEqual(order.toSorted());

  const folded = new FoldedLines();
  for (const line of lines) folded.take(line);
  for (const [oid, rows] of await sourceRows(database)) expect(folded.rows(oid)).toEqual(rows);
  expect(lines.some(({ oldKey, unchanged }) => oldKey !== undefined && unchanged.includes('big'))).toBe(true);
  const listed = await pipeline.cli(['schema', 'ls', 'public.goods', '--json']);
  const [{ versions = [] } = {}] = (JSON.parse(listed.stdout) as { tables: { versions?: { class: string | null }[] }[] }).tables;
  // How many there are depends on when the catalog was looked at.
  expect(versions[0]?.class).toBeNull();
  expect(versions.map((version) => version.class)).toContain('breaking');
});
