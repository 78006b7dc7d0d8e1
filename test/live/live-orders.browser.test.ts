import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase } from '../support/postgres.ts';
import { BROWSER_MISSING, openBrowser } from '../support/servers/browser.ts';
import { liveOrders } from './live-orders.ts';

let browser: Browser | null = null;
beforeAll(async () => void (browser = await openBrowser()));
afterAll(async () => browser?.close());

test('an order that the page of the collector sends is on the page of reports, as a row and in a mart', async (context) => {
  if (browser === null) return context.skip(BROWSER_MISSING);
  await using database = await createDatabase();
  const shown = await liveOrders({ url: database.url, browser, orders: 2 });
  expect(shown).toHaveLength(2);
});
