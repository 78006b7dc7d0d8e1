import type { Browser, Page } from 'playwright-core';
import { SHOP_HISTORIES, shopModels } from '../../cli/demo/demo-models.ts';
import { makeShop } from '../../cli/demo/shop-history.ts';
import { shopSize } from '../../cli/demo/shop-schema.ts';
import { silentLogger } from '../../core/log.ts';
import { startCollector } from '../../examples/collector/collector.ts';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';

const SHOP_EVENTS = 5_000;
const QUEUE = 1_000;
const WAIT_MS = 20_000;
/** No other order leaves the fifteen minutes of the report with such a total. */
const TOTAL = 250.13;
/** No customer of the shop has such a number, so each order is told from all others. */
const FIRST_CUSTOMER = 900_001;
/** In the page: the number that the panel of the revenue shows. */
const REVENUE = `Number(document.querySelector('#report-revenue_now .body').textContent.replaceAll(/[^0-9.-]/g, ''))`;
/** In the page: the rows of the newest events. */
const EVENTS_TEXT = `document.querySelector('#report-recent_clicks .body').textContent`;

/** How long one order took, from the click on Send. */
export interface LiveOrder {
  /** Until it is a row of the report on the table `client_events`. */
  readonly rowMs: number;
  /** Until it is in the revenue, which a report reads from a mart. */
  readonly martMs: number;
}

/** Pages that are open while orders are sent. */
export interface LivePages {
  readonly collector: Page;
  readonly report: Page;
}

/**
 * Sends orders by the page of the collector and waits until the page of reports shows each, in a
 * row and in a sum. Between them is all of the product: Postgres, `run` with the models of the
 * shop, and the watches of its monitor. `done` sees the pages when all orders are shown.
 */
export async function liveOrders(
  { url, browser, orders }: { readonly url: string; readonly browser: Browser; readonly orders: number },
  done: (pages: LivePages) => Promise<void> = async () => undefined,
): Promise<LiveOrder[]> {
  await makeShop(url, shopSize(SHOP_EVENTS), () => undefined, { signal: new AbortController().signal });
  await using pipeline = createPipeline({
    source: url,
    env: { TAILRACE_MODELS: shopModels(), TAILRACE_TABLE: SHOP_HISTORIES, TAILRACE_LOG_LEVEL: 'warn' },
  });
  const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
  const { page: monitor } = (await run.event('ready', ({ page }) => page !== undefined)) as unknown as { page: string };
  await run.event('live');
  const built = await pipeline.cli(['await', '--table', 'marts.revenue_per_minute', '--timeout', '120s']);
  if (built.code !== 0) throw new Error(`the marts are not there: ${built.stderr}${run.stderr()}`);
  const collector = await startCollector({ source: url, port: 0, host: '127.0.0.1', queue: QUEUE, waitMs: WAIT_MS, log: silentLogger() });
  const context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
  try {
    const pages = { collector: await context.newPage(), report: await context.newPage() };
    await pages.collector.goto(collector.url);
    await pages.report.goto(new URL('report', monitor).href);
    await pages.report.waitForSelector('#report-revenue_now .body :text-matches("[0-9]")');
    const shown: LiveOrder[] = [];
    for (let order = 0; order < orders; order += 1) shown.push(await liveOrder(pages, FIRST_CUSTOMER + order));
    await done(pages);
    return shown;
  } finally {
    await context.close();
    await collector.close();
  }
}

async function liveOrder({ collector, report }: LivePages, customer: number): Promise<LiveOrder> {
  const before = await report.evaluate<number>(REVENUE);
  await collector.getByLabel('Customer').fill(String(customer));
  await collector.getByLabel('Total').fill(String(TOTAL));
  const began = performance.now();
  await collector.getByRole('button', { name: 'Send', exact: true }).click();
  // The page forbids scripts of others, so it cannot wait for the text by itself.
  const shownAfter = async (text: string): Promise<number> => {
    await eventually(() => report.evaluate<boolean>(text), `customer ${customer} on the page of reports`);
    return performance.now() - began;
  };
  const [rowMs, martMs] = await Promise.all([shownAfter(`${EVENTS_TEXT}.includes('${customer}')`), shownAfter(`${REVENUE} !== ${before}`)]);
  return { rowMs, martMs };
}
