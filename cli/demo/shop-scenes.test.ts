import { expect, test } from 'vitest';
import { shopHistory, shopSize } from './shop-schema.ts';
import type { HistoryStep } from './shop-schema.ts';
import { shopScenes } from './shop-scenes.ts';

function rows(steps: readonly HistoryStep[], table: string): number {
  return steps.filter(({ sql }) => sql.startsWith(`insert into ${table} `)).reduce((sum, step) => sum + step.rows, 0);
}

test('the history of a million events has two hundred thousand orders', () => {
  const [shop, events] = shopHistory(shopSize(1_000_000));
  expect(rows(events, 'events')).toBe(1_000_000);
  expect(rows(shop, 'orders')).toBe(200_000);
  expect(rows(shop, 'order_items')).toBe(400_000);
});

test('sessions never change the same row', () => {
  const sessions = [0, 1].map((index) => shopScenes({ ...shopSize(1000), index, sessions: 2 }));
  for (const [index, scenes] of sessions.entries()) {
    const text = Array.from({ length: 50 }, (_, turn) => scenes.flatMap((scene) => scene(turn)))
      .flat()
      .filter((sql) => sql.startsWith('update'));
    const ids = text.flatMap((sql) => [...(/id in \((\d[\d, ]*)\)/g.exec(sql)?.[1]?.split(', ') ?? [])]);
    expect(ids.length).toBeGreaterThan(100);
    expect(ids.filter((id) => Number(id) % 2 !== index)).toEqual([]);
    expect(ids.filter((id) => Number(id) < 1)).toEqual([]);
  }
});
