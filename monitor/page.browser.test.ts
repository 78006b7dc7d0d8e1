import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BROWSER_MISSING, openBrowser } from '../test/support/servers/browser.ts';
import { openPage, picture } from '../test/support/servers/observed-page.ts';
import { SCENES, reportOf, table } from '../test/support/page-scenes.ts';
import type { HistorySample } from './history.ts';
import { serveMonitor } from './http-server.ts';
import type { MonitorReport } from './monitor-report.ts';

let browser: Browser | null = null;
beforeAll(async () => void (browser = await openBrowser()));
afterAll(async () => browser?.close());

interface Stage extends AsyncDisposable {
  readonly page: Page;
  readonly url: string;
  /** Errors in the browser. */
  readonly errors: readonly string[];
  show(report: MonitorReport): void;
  restart(): Promise<void>;
}

/** The page in a browser, over a server whose report the test decides. */
async function present(first: MonitorReport, colorScheme: 'light' | 'dark' = 'light'): Promise<Stage> {
  if (browser === null) throw new Error(BROWSER_MISSING);
  let report = first;
  const history: HistorySample[] = Array.from({ length: 300 }, (_, n) => ({
    atMs: Date.now() - (300 - n) * 10_000,
    freshnessSeconds: 0.4 + Math.sin(n / 20) / 5 + (n === 200 ? 4 : 0),
    sourceBytes: n * 1e7 + (n % 30) * 1e5,
    retainedBytes: 1e7 + (n % 50) * 1e6,
  }));
  const serve = (port: number) =>
    serveMonitor({ port, host: '127.0.0.1', token: null }, { report: async () => report, history: () => history, everyMs: 100 });
  let server = await serve(0);
  const { url } = server;
  const opened = await openPage(browser, url, { colorScheme, viewport: { width: 1280, height: 1400 } });
  return {
    page: opened.page,
    url,
    errors: opened.errors,
    show: (next) => (report = next),
    async restart() {
      await server.close();
      server = await serve(Number(new URL(url).port));
    },
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]();
      await server.close();
    },
  };
}

async function rows(page: Page): Promise<string[]> {
  return page.locator('#tables tbody tr td:first-child').allTextContents();
}

test.for(Object.keys(SCENES).flatMap((scene) => (['light', 'dark'] as const).map((scheme) => [scene, scheme] as const)))(
  'the page shows %s in %s, without an error and without a request elsewhere',
  async ([scene, scheme], { skip }) => {
    skip(browser === null, BROWSER_MISSING);
    await using on = await present(SCENES[scene] ?? reportOf(), scheme);
    await on.page.goto(on.url);
    await on.page.locator('#connection:not(:empty)').waitFor();
    await on.page.locator('#chart-freshness canvas').waitFor();
    const paint = await on.page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0);
    expect(paint).toBeGreaterThan(0);
    expect(on.errors).toEqual([]);
    await picture(on.page, `${scene}-${scheme}`, false);
  },
);

test('the worst table comes first, with the command that helps, and the stage that causes it is marked', async ({ skip }) => {
  skip(browser === null, BROWSER_MISSING);
  await using on = await present(SCENES['late'] ?? reportOf());
  await on.page.goto(on.url);
  await on.page.locator('#tables tbody tr').first().waitFor();
  expect(await rows(on.page)).toEqual(['public.broken', 'public.items']);
  expect(await on.page.locator('#tables code').textContent()).toBe("tailrace resume 'public.broken'");
  expect(await on.page.locator('#way li.held-up h3').allTextContents()).toEqual(['Compactor']);
  expect(await on.page.locator('#cause').textContent()).toBe('held up by the compactor: 12 batches are waiting to be applied');
  const link = on.page.locator('#alerts a');
  const [opened] = await Promise.all([on.page.context().waitForEvent('page'), link.click()]);
  await opened.locator('#compactor-held-up').waitFor();
  expect(opened.url()).toBe(`${on.url}/runbook#compactor-held-up`);
  expect(await on.page.locator('#verdict').textContent()).toBe('1 m 35 s behind, target 30 m: MISSED, 1 parked, held up by the compactor');
  expect(await on.page.title()).toBe('⛔ 1 m 35 s – shop – tailrace');
});

test('models are listed where there are some, the failed one first, with the tests and exports that fail', async ({ skip }) => {
  skip(browser === null, BROWSER_MISSING);
  await using on = await present(reportOf());
  await on.page.goto(on.url);
  await on.page.locator('#verdict.fine').waitFor();
  expect(await on.page.locator('#models-part').isVisible()).toBe(false);
  on.show(SCENES['models'] ?? reportOf());
  await on.page.locator('#models tbody tr').first().waitFor();
  const names = await on.page.locator('#models tbody tr td:first-child').allTextContents();
  expect(names).toEqual([
    'marts.revenue_per_minute',
    'marts.revenue_daily',
    'marts.dim_customer',
    'marts.fct_orders',
    'marts.customer_quarter',
  ]);
  expect(await on.page.locator('#models tbody tr td.trouble').allTextContents()).toEqual([
    'failed',
    '1 m 35 s',
    "MODEL_FAILED: Unknown expression identifier '…'",
    'skipped',
    '1 m 35 s',
  ]);
  expect(await on.page.locator('#tests li').allTextContents()).toEqual([
    'test warns: not_null customer_id of marts.fct_orders, 3 rows',
    'test failed: totals_agree, 1 row',
    'export failed: marts.customer_quarter to s3://bucket/exports, LAKE_UNAVAILABLE: no answer',
  ]);
  expect(await on.page.locator('#verdict').textContent()).toBe('0.5 s behind, target 30 m: MISSED, 1 model failed');
});

test('a stage that is held up, or a source that is silent, is amber at the top, even while every target is met', async ({ skip }) => {
  skip(browser === null, BROWSER_MISSING);
  for (const [scene, words] of [
    ['held-up', '12 s behind, target 30 m: met, held up by the compactor'],
    ['source-down', '0.5 s behind, target 30 m: met, held up by the source'],
  ] as const) {
    await using on = await present(SCENES[scene] ?? reportOf());
    await on.page.goto(on.url);
    await on.page.locator('#verdict.warn').waitFor();
    expect(await on.page.locator('#verdict').textContent()).toBe(words);
    expect(await on.page.title()).toMatch(/^⚠ /);
  }
});

test('the processes of run are one line while they work, and named with their last error when one does not', async ({ skip }) => {
  skip(browser === null, BROWSER_MISSING);
  const well = { startedAt: '2026-01-02T03:04:05.000Z', restarts: 0, trouble: null, lastError: null };
  await using on = await present({
    ...reportOf(),
    roles: [
      { role: 'replicate', ...well },
      { role: 'compact', ...well },
    ],
  });
  await on.page.goto(on.url);
  await expect.poll(() => on.page.locator('#roles-summary').textContent()).toBe('2 processes are running');
  const trouble = 'SOURCE_UNREACHABLE: no answer. Check host, port and network of --source.';
  const lastError = { message: trouble, at: '2026-01-02T03:05:06.000Z' };
  on.show({
    ...reportOf(),
    roles: [
      { role: 'replicate', ...well, restarts: 2, trouble, lastError },
      { role: 'compact', ...well, lastError },
    ],
  });
  await expect.poll(() => on.page.locator('#roles-summary').textContent()).toBe('not working: replicate');
  expect(await on.page.locator('#roles li:visible').allTextContents()).toEqual([
    `replicate since 2026-01-02 03:04:05Z, restarted 2 times: ${trouble}`,
    `compact since 2026-01-02 03:04:05Z; last error at 2026-01-02 03:05:06Z: ${trouble}`,
  ]);
});

test('it says which pipeline it shows, and all times in one notation', async ({ skip }) => {
  skip(browser === null, BROWSER_MISSING);
  await using on = await present(SCENES['busy'] ?? reportOf());
  await on.page.goto(on.url);
  await on.page.locator('#tables tbody tr').first().waitFor();
  expect(await on.page.locator('#pipeline').textContent()).toMatch(
    /^db\.internal:5432\/shop → s3:\/\/bucket\/shop → \/data\/warehouse · tailrace 0\.1\.0, monitor up \d+ d( \d+ h)? since 2026-01-02 03:04:05Z$/,
  );
  expect(await on.page.title()).toBe('0.5 s – shop – tailrace');
  const text = await on.page.locator('body').innerText();
  expect(text.match(/\d\d:\d\d:\d\d\S*/g)?.filter((time) => !/^\d\d:\d\d:\d\dZ/.test(time))).toEqual([]);
});

test.for(['light', 'dark'] as const)('on a phone (%s) nothing has to be scrolled sideways', async (scheme, { skip }) => {
  skip(browser === null, BROWSER_MISSING);
  for (const scene of ['busy', 'late', 'models', 'thousand']) {
    await using on = await present(SCENES[scene] ?? reportOf(), scheme);
    await on.page.setViewportSize({ width: 400, height: 800 });
    await on.page.goto(on.url);
    await on.page.locator('#verdict:not(:empty)').waitFor();
    await on.page.locator('#connection:not(:empty)').waitFor();
    expect(await on.page.evaluate('document.documentElement.scrollWidth')).toBe(400);
    await picture(on.page, `phone-${scene}-${scheme}`);
  }
});

test('it shows each new report, and reconnects after a restart of the monitor', async ({ skip }) => {
  skip(browser === null, BROWSER_MISSING);
  await using on = await present(reportOf());
  await on.page.goto(on.url);
  await on.page.locator('#verdict.fine').waitFor();
  on.show(reportOf({ withinSla: false, freshnessSeconds: 4000 }));
  await on.page.locator('#verdict.trouble').waitFor();
  await on.restart();
  on.show(reportOf({ freshnessSeconds: 0.7 }));
  await expect.poll(() => on.page.locator('#verdict').textContent(), { timeout: 20_000 }).toBe('0.7 s behind, target 30 m: met');
});

test('a thousand healthy tables are one line; they can be shown and filtered with the keyboard alone', async ({ skip }) => {
  skip(browser === null, BROWSER_MISSING);
  await using on = await present(SCENES['thousand'] ?? reportOf());
  await on.page.goto(on.url);
  await on.page.locator('#well:visible').waitFor();
  expect([await rows(on.page), await on.page.locator('#well').textContent()]).toEqual([[], '1000 live, at most 10.0 s behind: show']);
  const walked: string[] = [];
  for (let n = 0; n < 5; n += 1) {
    await on.page.keyboard.press('Tab');
    walked.push(String(await on.page.evaluate('document.activeElement.id || document.activeElement.tagName.toLowerCase()')));
  }
  expect(walked).toEqual(['a', 'summary', 'summary', 'filter', 'well']);
  await on.page.keyboard.press('Enter');
  expect([(await rows(on.page)).length, (await rows(on.page))[0]]).toEqual([200, 'public.table_999']);
  await on.page.keyboard.press('Tab');
  for (let n = 0; n < 3 && (await on.page.evaluate('document.activeElement.id')) !== 'more'; n += 1) await on.page.keyboard.press('Tab');
  await on.page.keyboard.press('Enter');
  expect((await rows(on.page)).length).toBe(1000);
  await on.page.locator('#filter').focus();
  await on.page.keyboard.type('table_77');
  expect((await rows(on.page)).length).toBe(11);
  expect(await on.page.locator('#count').textContent()).toBe('11 of 1000');
});

test('a name is shown as text, also when it looks like markup', async ({ skip }) => {
  skip(browser === null, BROWSER_MISSING);
  const name = 'public."<img src=x onerror=alert(1)>"';
  await using on = await present(reportOf({ tables: [table(name)] }));
  await on.page.goto(on.url);
  await on.page.locator('#tables tbody tr').first().waitFor();
  expect(await rows(on.page)).toEqual([name]);
  expect(await on.page.locator('img').count()).toBe(0);
});
