import { existsSync, readFileSync } from 'node:fs';

const FILE = 'docs/RUNBOOK.md';

/**
 * docs/RUNBOOK.md as a page. The anchors are the kinds of alerts, so a link of the live page opens
 * the entry. Markdown is shown as it is written. The page runs no script.
 */
export function runbookHtml(): string {
  page ??= render(readFileSync(place(), 'utf8'));
  return page;
}

/** Text of the runbook → page. */
function render(markdown: string): string {
  const [intro = '', ...entries] = markdown.replace(/^# .*\n/, '').split(/^## /m);
  const sections = entries.map((entry) => {
    const [kind = '', ...lines] = entry.split('\n');
    return `<section id="${escape(kind)}"><h2>${escape(kind)}</h2><p>${escape(lines.join('\n').trim())}</p></section>`;
  });
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Runbook – tailrace</title><style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 0 auto; padding: 1rem 1.5rem 3rem }
p { white-space: pre-wrap; overflow-wrap: anywhere } h2 { font-size: 1.05rem } section:target { outline: 2px solid; padding: 0 .8rem }
</style></head><body><h1>Runbook</h1><p>${escape(intro.trim())}</p>${sections.join('')}</body></html>`;
}

let page: string | undefined;

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign);
}

/** Beside this folder, or beside `dist` when it runs from there. */
function place(): URL {
  const beside = new URL(`../${FILE}`, import.meta.url);
  return existsSync(beside) ? beside : new URL(`../../${FILE}`, import.meta.url);
}
