import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/**
 * Modules for lint and editors, joined into one script, because the page may load nothing. Each
 * needs only those before it.
 */
const SCRIPTS = ['figures.js', 'tables.js', 'models.js', 'charts.js', 'page.js'];

const installed = createRequire(import.meta.url);

/**
 * The live page as one text: markup, style, chart library and script. It loads nothing else.
 * `nonce`: the one in this answer's policy.
 */
export function pageHtml(nonce: string): string {
  parts ??= {
    style: `${asset(installed.resolve('uplot/dist/uPlot.min.css'))}\n${asset(own('page.css'))}`,
    library: asset(installed.resolve('uplot/dist/uPlot.iife.min.js')),
    script: `'use strict';\n${SCRIPTS.map((name) => joined(asset(own(name)))).join('\n')}`,
    markup: asset(own('page.html')),
  };
  const { markup, ...filled } = parts;
  const values: Record<string, string> = { ...filled, nonce };
  return markup.replace(
    /\{\{(nonce)\}\}|\/\* (style|library|script) \*\//g,
    (_, ...names: string[]) => values[names[0] ?? names[1] ?? ''] ?? '',
  );
}

/** Only scripts of the page run, and they connect only to this server. */
export function pagePolicy(nonce: string): string {
  return `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

let parts: { style: string; library: string; script: string; markup: string } | undefined;

function asset(path: string | URL): string {
  return readFileSync(path, 'utf8');
}

/** Beside this folder, or beside `dist` when it runs from there. */
function own(name: string): URL {
  const beside = new URL(`../monitor-page/${name}`, import.meta.url);
  return existsSync(beside) ? beside : new URL(`../../monitor-page/${name}`, import.meta.url);
}

/** A module without its imports and exports. */
function joined(module: string): string {
  return module.replace(/^import .*;\n/gm, '').replace(/^export /gm, '');
}
