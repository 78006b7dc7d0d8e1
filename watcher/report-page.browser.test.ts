import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TailraceError } from '../core/errors.ts';
import { picture } from '../test/support/servers/observed-page.ts';
import { presentReports, secondsAgo } from '../test/support/servers/report-stage.ts';
import type { ReportStage } from '../test/support/servers/report-stage.ts';
import { BROWSER_MISSING, openBrowser } from '../test/support/servers/browser.ts';

let browser: Browser | null = null;
beforeAll(async () => void (browser = await openBrowser()));
afterAll(async () => browser?.close());

const MINUTE = 60_000;
const minute = (n: number): string =>
  new Date(Math.floor(Date.now() / MINUTE) * MINUTE - n * MINUTE).toISOString().slice(0, 19).replace('T', ' ');
const rowsOf = (rows: readonly (readonly unknown[])[]): string => JSON.stringify(rows);

const FILES: Record<string, string> = {
  orders_now: '-- A row is the orders of the last hour.\n-- @title Orders in the last hour\n-- @chart number\nSELECT 1',
  revenue:
    '-- A row is a minute and a country.\n-- @title Revenue per minute\n-- @chart line\n-- @x minute\n-- @y revenue\n-- @series country\nSELECT 2',
  states: '-- A row is a state of orders.\n-- @title Orders by state\n-- @chart bar\n-- @x state\n-- @y orders\nSELECT 3',
  newest: '-- A row is an order.\n-- @title Newest orders\n-- @chart table\nSELECT 4',
  per_minute: '-- A row is a minute.\n-- @title Events per minute\n-- @chart bar\n-- @x minute\n-- @y events\nSELECT 5',
  returns: '-- A row is a returned order.\n-- @title Returns today\nSELECT 6',
};

/** The page over these reports, unless others are given. */
function present(options: Parameters<typeof presentReports>[1] = {}): Promise<ReportStage> {
  if (browser === null) throw new Error(BROWSER_MISSING);
  return presentReports(browser, { files: FILES, ...options });
}

function sayAll(watching: ReportStage['watching']): void {
  watching.say('SELECT 1', {
    columns: ['orders', 'revenue', 'average'],
    types: ['UInt64', 'Decimal(38, 2)', 'Float64'],
    rows: rowsOf([[1234, 56_789.5, 46.02]]),
  });
  watching.say('SELECT 2', {
    columns: ['minute', 'country', 'revenue'],
    types: ["DateTime('UTC')", 'String', 'Decimal(38, 2)'],
    rows: rowsOf(
      Array.from({ length: 60 }, (_, n) => n).flatMap((n) =>
        ['DE', 'FR', 'US'].map((country, at) => [minute(60 - n), country, Math.round(2000 + 900 * Math.sin(n / 6 + at) + at * 700)]),
      ),
    ),
  });
  watching.say('SELECT 3', {
    columns: ['state', 'orders'],
    types: ['String', 'UInt64'],
    rows: rowsOf([
      ['placed', 812],
      ['paid', 2301],
      ['shipped', 1999],
      ['delivered', 5120],
      ['cancelled', 97],
    ]),
  });
  watching.say('SELECT 4', {
    columns: ['id', 'customer', 'state', 'total', 'placed_at'],
    types: ['UInt32', 'String', 'String', 'Decimal(12, 2)', "DateTime64(6, 'UTC')"],
    rows: rowsOf(
      Array.from({ length: 150 }, (_, n) => [
        90_000 - n,
        `customer ${n}`,
        n % 3 === 0 ? 'paid' : 'placed',
        20.5 + n,
        `${minute(n)}.123456`,
      ]),
    ),
  });
  watching.say('SELECT 5', {
    columns: ['minute', 'events'],
    types: ['DateTime', 'UInt64'],
    rows: rowsOf(Array.from({ length: 30 }, (_, n) => [minute(30 - n), 40 + ((n * 7) % 23)])),
  });
  watching.say('SELECT 6', { columns: ['id'], types: ['UInt32'] });
}

const panel = (page: Page, name: string) => page.locator(`#report-${name}`);

test.for((['light', 'dark'] as const).flatMap((scheme) => [1280, 400].map((width) => [scheme, width] as const)))(
  'the reports are drawn in %s at a width of %i, without an error and without a request elsewhere',
  async ([scheme, width], { skip }) => {
    skip(browser === null, BROWSER_MISSING);
    await using on = await present({ scheme, width });
    sayAll(on.watching);
    await on.page.goto(on.url);
    await on.page.locator('#verdict.fine').waitFor();
    expect(await on.page.locator('.panel h2').allTextContents()).toEqual([
      'Orders in the last hour',
      'Revenue per minute',
      'Events per minute',
      'Orders by state',
      'Newest orders',
      'Returns today',
    ]);
    expect(await panel(on.page, 'orders_now').locator('.figure-large').textContent()).toBe('1,234');
    expect(await panel(on.page, 'revenue').locator('.legend li').allTextContents()).toEqual(['DE', 'FR', 'US']);
    expect(await panel(on.page, 'states').locator('.bars .name').allTextContents()).toEqual([
      'placed',
      'paid',
      'shipped',
      'delivered',
      'cancelled',
    ]);
    expect(await panel(on.page, 'newest').locator('tbody tr').count()).toBe(100);
    expect(await panel(on.page, 'returns').locator('.body').textContent()).toBe('no rows');
    expect(await panel(on.page, 'states').locator('.stands').textContent()).toMatch(/^as of \d\d:\d\d:\d\dZ, \d+(\.\d)? s behind · 12 ms$/);
    expect(await on.page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    expect(on.errors).toEqual([]);
    await picture(on.page, `reports-${scheme}-${width}`);
  },
);

test.for(['light', 'dark'] as const)('a report that fails, is late or has not answered says so (%s)', async (scheme, { skip }) => {
  skip(browser === null, BROWSER_MISSING);
  await using on = await present({ scheme, files: { ...FILES, typo: '-- @chart pie\nSELECT 7', column: '-- @y nothing\nSELECT 8' } });
  sayAll(on.watching);
  on.watching.say(
    'SELECT 3',
    { columns: ['state', 'orders'], types: ['String', 'UInt64'], rows: rowsOf([['paid', 3]]) },
    secondsAgo(10_800),
  );
  on.watching.say('SELECT 8', { columns: ['n'], types: ['UInt8'], rows: '[[1]]' });
  on.watching.fail('SELECT 6', new TailraceError('TABLE_NOT_LIVE', 'marts.returns has not been built yet'));
  on.watching.fail('SELECT 5', new TailraceError('WAREHOUSE_UNAVAILABLE', 'the engine does not answer'));
  await on.page.goto(on.url);
  await expect
    .poll(() => on.page.locator('#verdict').textContent())
    .toMatch(/^8 reports, at most 3 h( \d+ m)? behind, 1 waiting, 3 failing, 1 late$/);
  expect(await panel(on.page, 'per_minute').locator('.trouble').textContent()).toContain('the engine does not answer');
  expect(await panel(on.page, 'typo').locator('.trouble').textContent()).toMatch(/^BAD_MODEL: .*typo\.sql:1: "pie" is not a chart\. /);
  expect(await panel(on.page, 'column').locator('.trouble').textContent()).toBe(
    'The answer has no column nothing. Correct @x, @y or @series.',
  );
  expect(await panel(on.page, 'states').getAttribute('class')).toBe('panel late');
  await picture(on.page, `reports-trouble-${scheme}`);
  expect(on.errors).toEqual([]);
});

test('a new answer and a changed file show at once, and the page comes back after a restart of the monitor', async ({ skip }) => {
  skip(browser === null, BROWSER_MISSING);
  await using on = await present({ files: { count: '-- @chart number\nSELECT 1' } });
  const figure = panel(on.page, 'count').locator('.figure-large');
  on.watching.say('SELECT 1', { columns: ['n'], types: ['UInt64'], rows: '[[1]]' });
  await on.page.goto(on.url);
  await expect.poll(() => figure.textContent()).toBe('1');
  on.watching.say('SELECT 1', { columns: ['n'], types: ['UInt64'], rows: '[[2]]' });
  await expect.poll(() => figure.textContent()).toBe('2');
  on.watching.say('SELECT 9', { columns: ['n'], types: ['UInt64'], rows: '[[9]]' });
  writeFileSync(path.join(on.folder, 'count.sql'), '-- @chart number\n-- @title Nine\nSELECT 9');
  await expect
    .poll(async () => [await on.page.locator('h2').textContent(), await figure.textContent()], { timeout: 10_000 })
    .toEqual(['Nine', '9']);
  await on.restart();
  on.watching.say('SELECT 9', { columns: ['n'], types: ['UInt64'], rows: '[[10]]' });
  await expect.poll(() => figure.textContent(), { timeout: 20_000 }).toBe('10');
});

test('tables can be read with the keyboard alone, and a text is shown as text', async ({ skip }) => {
  skip(browser === null, BROWSER_MISSING);
  await using on = await present({ files: { names: '-- @chart bar\nSELECT 1' } });
  const name = '<img src=x onerror=alert(1)>';
  on.watching.say('SELECT 1', { columns: ['name', 'n'], types: ['String', 'UInt64'], rows: rowsOf([[name, 1]]) });
  await on.page.goto(on.url);
  await panel(on.page, 'names').locator('.bars').waitFor();
  await on.page.keyboard.press('Tab');
  expect(await on.page.evaluate('document.activeElement.textContent')).toBe('Skip to the reports');
  await on.page.keyboard.press('Tab');
  await on.page.keyboard.press('Enter');
  expect(await panel(on.page, 'names').locator('details td').allTextContents()).toEqual([name, '1']);
  await on.page.keyboard.press('Tab');
  expect(await on.page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('names as a table');
  expect(await on.page.locator('img').count()).toBe(0);
});

test('without models the page says what to set, and with an empty folder what to put there', async ({ skip }) => {
  skip(browser === null, BROWSER_MISSING);
  await using unset = await present({ isSet: false });
  await unset.page.goto(unset.url);
  await unset.page.locator('#none:visible').waitFor();
  expect(await unset.page.locator('#none').textContent()).toContain('--models DIR');
  await picture(unset.page, 'reports-unset');
  await using empty = await present({ files: {}, scheme: 'dark' });
  await empty.page.goto(empty.url);
  await expect.poll(() => empty.page.locator('#none h2').textContent()).toBe('There is no report yet');
  await picture(empty.page, 'reports-empty');
});
