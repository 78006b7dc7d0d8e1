import { mkdirSync, writeFileSync } from 'node:fs';
import { configPage, errorsPage } from './docs-pages.ts';

// `npm run docs`: writes the pages that are made from code; a test fails when they differ from it.
const docs = new URL('../docs/', import.meta.url);
mkdirSync(docs, { recursive: true });
writeFileSync(new URL('CONFIG.md', docs), configPage());
writeFileSync(new URL('ERRORS.md', docs), errorsPage());
