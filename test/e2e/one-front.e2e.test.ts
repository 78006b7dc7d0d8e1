import { expect, test } from 'vitest';
import { createDatabase } from '../support/postgres.ts';
import { oneFront } from '../front/one-front.ts';

test(
  'a freeze that moves, a mart, two marts of one run and a watch have one sum while amounts move between their tables',
  { timeout: 600_000 },
  async () => {
    await using database = await createDatabase();
    const { readings, freezes, transactions } = await oneFront(database.url, { readings: 30, rate: 300, say: () => undefined });
    expect(transactions).toBeGreaterThan(0);
    expect(freezes).toBeGreaterThan(0);
    for (const kind of ['freeze', 'mart', 'two marts', 'watch'] as const) expect([kind, readings[kind].wrong]).toEqual([kind, 0]);
  },
);
