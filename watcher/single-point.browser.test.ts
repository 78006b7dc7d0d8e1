import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { picture } from '../test/support/servers/observed-page.ts';
import { presentReports } from '../test/support/servers/report-stage.ts';
import { BROWSER_MISSING, openBrowser } from '../test/support/servers/browser.ts';

let browser: Browser | null = null;
beforeAll(async () => void (browser = await openBrowser()));
afterAll(async () => browser?.close());

/** The texts that canvases show, by panel; a plot is drawn on one. */
const NOTE_TEXTS = `
  globalThis.drawnTexts = new Map();
  const { fillText, clearRect } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.clearRect = function (...args) {
    globalThis.drawnTexts.set(this.canvas, []);
    return clearRect.apply(this, args);
  };
  CanvasRenderingContext2D.prototype.fillText = function (text, ...args) {
    globalThis.drawnTexts.get(this.canvas)?.push(text);
    return fillText.call(this, text, ...args);
  };`;
const textsOf = (page: Page, name: string): Promise<string[]> =>
  page.evaluate(`globalThis.drawnTexts.get(document.querySelector('#report-${name} canvas')) ?? []`);

const ONE_POINT: Record<string, { chart: string; type: string; row: readonly unknown[]; along: string }> = {
  line_minute: { chart: 'line', type: "DateTime('UTC')", row: ['2026-11-30 07:21:00', 1234.5], along: '07:21' },
  bar_minute: { chart: 'bar', type: "DateTime('UTC')", row: ['2026-11-30 07:21:00', 1234.5], along: '07:21' },
  line_day: { chart: 'line', type: 'Date', row: ['2026-11-30', 1234.5], along: '2026-11-30' },
  line_number: { chart: 'line', type: 'UInt32', row: [7, 1234.5], along: '7' },
  line_name: { chart: 'line', type: 'String', row: ['paid', 1234.5], along: 'paid' },
};

test('a chart of a single point has its value below it, in the middle of the axis', async ({ skip }) => {
  if (browser === null) return skip(BROWSER_MISSING);
  const files = Object.fromEntries(
    Object.entries(ONE_POINT).map(([name, { chart }], index) => [name, `-- @chart ${chart}\n-- @x x\nSELECT ${index}`]),
  );
  await using on = await presentReports(browser, { files });
  await on.page.addInitScript(NOTE_TEXTS);
  for (const [index, { type, row }] of Object.values(ONE_POINT).entries())
    on.watching.say(`SELECT ${index}`, { columns: ['x', 'revenue'], types: [type, 'Decimal(38, 2)'], rows: JSON.stringify([row]) });
  await on.page.goto(on.url);
  await on.page.locator('#verdict.fine').waitFor();
  for (const [name, { along }] of Object.entries(ONE_POINT))
    await expect.poll(() => textsOf(on.page, name), { message: name }).toEqual([along, '0', '500', '1,000']);
  // The next answer has two.
  on.watching.say('SELECT 0', {
    columns: ['x', 'revenue'],
    types: ['Date', 'UInt32'],
    rows: JSON.stringify([
      ['2026-11-29', 1],
      ['2026-11-30', 2],
    ]),
  });
  await expect.poll(async () => (await textsOf(on.page, 'line_minute')).length).toBeGreaterThan(4);
  await picture(on.page, 'reports-one-point');
  expect(on.errors).toEqual([]);
});
