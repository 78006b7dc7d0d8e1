import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** What to say where it is missing. */
export const BROWSER_MISSING = 'Chromium is not there: apt-get install chromium';

/**
 * A real browser without a window; null where none is installed, which is an error when CI is set
 * and did not say that there is none.
 */
export async function openBrowser(): Promise<Browser | null> {
  const executablePath = PLACES.find((place) => existsSync(place));
  if (executablePath !== undefined)
    return chromium.launch({
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--disable-quic',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  if (process.env['CI'] !== undefined && process.env['TAILRACE_TEST_BROWSER'] !== 'none') throw new Error(BROWSER_MISSING);
  return null;
}
