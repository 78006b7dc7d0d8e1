import { expect, test } from 'vitest';
import { misses, plantAndVerify } from '../planted/scenario.ts';
import { createDatabase } from '../support/postgres.ts';

test(
  'every kind of difference planted into the warehouse is found and named, in copied and in streamed rows',
  {
    timeout: 600_000,
  },
  async () => {
    await using database = await createDatabase();
    const { before, planted, after } = await plantAndVerify(database.url, { copied: 90_000, streamed: 10_000 }, { say: () => undefined });
    expect(before).toMatchObject({ code: 0, report: { match: true, tables: [{ sourceRows: 100_000 }, { sourceRows: 100_000 }] } });
    expect(planted).toHaveLength(20);
    expect(after).toMatchObject({ code: 1, report: { match: false } });
    expect(misses(planted, after.report)).toEqual([]);
  },
);
