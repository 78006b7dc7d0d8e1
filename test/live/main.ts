/**
 * `npm run test:live [-- --orders 10]`: sends orders by the page of the collector, in Chromium, and
 * says how long each took to be on /report. TAILRACE_TEST_PICTURES is a folder for pictures.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '../../cli/demo/postgres-server.ts';
import { chosenBinaries } from '../support/postgres-version.ts';
import { BROWSER_MISSING, openBrowser } from '../support/servers/browser.ts';
import { liveOrders } from './live-orders.ts';

const PICTURES = process.env['TAILRACE_TEST_PICTURES'];
const { values } = parseArgs({ options: { orders: { type: 'string', default: '10' } } });
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const browser = await openBrowser();
if (browser === null) throw new Error(BROWSER_MISSING);
await using server = await startPostgres({ binaries: await chosenBinaries() });
const orders = await liveOrders({ url: server.url, browser, orders: Number(values.orders) }, async ({ collector, report }) => {
  if (PICTURES === undefined) return;
  await collector.screenshot({ path: path.join(PICTURES, 'live-collector.png'), fullPage: true });
  await report.screenshot({ path: path.join(PICTURES, 'live-report.png'), fullPage: true });
});
await browser.close();
for (const { rowMs, martMs } of orders) say(`row ${text(rowMs)}, mart ${text(martMs)}`);
say(`${orders.length} orders. row: ${summary(orders.map(({ rowMs }) => rowMs))}. mart: ${summary(orders.map(({ martMs }) => martMs))}`);

function summary(all: readonly number[]): string {
  const sorted = all.toSorted((a, b) => a - b);
  return `p50 ${text(sorted[Math.floor((sorted.length - 1) / 2)] ?? 0)}, longest ${text(sorted.at(-1) ?? 0)}`;
}

function text(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}
