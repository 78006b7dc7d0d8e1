import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** The folder for pictures of pages, for people to look at. */
const PICTURES = process.env['TAILRACE_TEST_PICTURES'];

/** A page, and what went wrong in it: errors, and requests to any other place than `url`. */
export interface ObservedPage extends AsyncDisposable {
  readonly page: Page;
  readonly errors: readonly string[];
}

/** Opens an empty page for what is served at `url`. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions): Promise<ObservedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:')) errors.push(`it asked for ${request.url()}`);
  });
  return { page, errors, [Symbol.asyncDispose]: () => context.close() };
}

/** Takes a picture of the whole page where TAILRACE_TEST_PICTURES asks for pictures. */
export async function picture(page: Page, name: string, fullPage = true): Promise<void> {
  if (PICTURES === undefined) return;
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: path.join(PICTURES, `${name}.png`), fullPage });
}
