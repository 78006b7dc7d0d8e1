import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../../core/log.ts';
import { eventually } from '../../test/support/eventually.ts';
import { createDatabase } from '../../test/support/postgres.ts';
import { BROWSER_MISSING, openBrowser } from '../../test/support/servers/browser.ts';
import { startCollector } from './collector.ts';
import type { Collector } from './collector.ts';

/** The folder for pictures of the page, for people to look at. */
const PICTURES = process.env['TAILRACE_TEST_PICTURES'];

let browser: Browser | null = null;
beforeAll(async () => void (browser = await openBrowser()));
afterAll(async () => browser?.close());

const shows = (page: Page, id: string, value: string): Promise<unknown> => page.waitForSelector(`#${id}:text-is("${value}")`);

async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES === undefined) return;
  mkdirSync(PICTURES, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: path.join(PICTURES, `collector-${name}-${colorScheme}.png`), fullPage: true });
  }
}

test('a page sends events, repeats them without harm and keeps them while the collector is away', async (context) => {
  if (browser === null) return context.skip(BROWSER_MISSING);
  await using database = await createDatabase();
  const start = (port: number): Promise<Collector> =>
    startCollector({ source: database.url, port, host: '127.0.0.1', queue: 1_000, waitMs: 20_000, log: silentLogger() });
  let collector = await start(0);
  const port = Number(new URL(collector.url).port);
  const page = await browser.newPage();
  const foreign: string[] = [];
  const errors: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(collector.url) && !request.url().startsWith('data:')) foreign.push(request.url());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  try {
    await page.goto(collector.url);
    await page.getByLabel('Total').fill('25.5');
    await page.getByLabel('Happened').selectOption('three hours ago');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await shows(page, 'accepted', '1');
    await page.getByRole('button', { name: 'Send the last one again' }).click();
    await shows(page, 'duplicates', '1');
    await picture(page, 'sent');
    const [row] = await database.query(
      `select kind, customer_id::int, payload, received_at - at > interval '179 minutes' as late from client_events`,
    );
    expect(row).toEqual({ kind: 'order', customer_id: 7, payload: { product_id: 42, total: 25.5 }, late: true });

    await collector.close();
    await page.getByRole('button', { name: 'Send', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('#connection.trouble');
    await picture(page, 'away');
    await page.waitForFunction(() => localStorage.getItem('tailrace-collector-outbox')?.includes('"kind":"order"'));
    collector = await start(port);
    await page.waitForSelector('#connection.fine');
    await shows(page, 'waiting', '0');
    const made = await page.locator('#made').textContent();
    expect(await database.query('select count(*)::text as rows from client_events')).toEqual([{ rows: made }]);

    await page.getByRole('button', { name: 'Send 20 a second' }).click();
    await eventually(async () => Number(await page.locator('#accepted').textContent()) >= 10, 'ten events');
    await page.getByRole('button', { name: 'Send 20 a second' }).click();
    await shows(page, 'waiting', '0');
    await picture(page, 'stream');
    expect([foreign, errors]).toEqual([[], []]);
  } finally {
    await page.close();
    await collector.close();
  }
});
