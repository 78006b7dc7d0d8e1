import { writeFileSync } from 'node:fs';
import { configPage, errorsPage, metricsPage } from './docs-pages.ts';
import { logsPage } from './logs-page.ts';
import { typesPage } from './types-page.ts';

// `npm run docs`: writes the pages that are made from code; a test fails when they differ from it.
writeFileSync(new URL('CONFIG.md', import.meta.url), configPage());
writeFileSync(new URL('ERRORS.md', import.meta.url), errorsPage());
writeFileSync(new URL('LOGS.md', import.meta.url), logsPage());
writeFileSync(new URL('METRICS.md', import.meta.url), metricsPage());
writeFileSync(new URL('TYPES.md', import.meta.url), typesPage());
