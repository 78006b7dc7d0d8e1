import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** What a page is made of: files below the top folder, as `monitor-page/page.css`. */
interface PageParts {
  readonly markup: string;
  readonly styles: readonly string[];
  /**
   * Modules for lint and editors, joined into one script, because a page may load nothing. Each
   * needs only those before it.
   */
  readonly scripts: readonly string[];
}

const installed = createRequire(import.meta.url);

/**
 * A page as one text: markup, style, chart library (uPlot) and script. It loads nothing else. The
 * returned function takes the nonce that stands in the policy of the same answer.
 */
export function webPage(parts: PageParts): (nonce: string) => string {
  let filled: Readonly<Record<string, string>> | undefined;
  return (nonce) => {
    filled ??= {
      style: [asset(installed.resolve('uplot/dist/uPlot.min.css')), ...parts.styles.map((name) => asset(own(name)))].join('\n'),
      library: asset(installed.resolve('uplot/dist/uPlot.iife.min.js')),
      script: `'use strict';\n${parts.scripts.map((name) => joined(asset(own(name)))).join('\n')}`,
      markup: asset(own(parts.markup)),
    };
    const values: Record<string, string> = { ...filled, nonce };
    return (filled['markup'] ?? '').replace(
      /\{\{(nonce)\}\}|\/\* (style|library|script) \*\//g,
      (_, ...names: string[]) => values[names[0] ?? names[1] ?? ''] ?? '',
    );
  };
}

/** Only scripts of the page run, and they connect only to this server. */
export function pagePolicy(nonce: string): string {
  return `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

function asset(path: string | URL): string {
  return readFileSync(path, 'utf8');
}

/** Beside this folder, or beside `dist` when it runs from there. */
function own(name: string): URL {
  const beside = new URL(`../${name}`, import.meta.url);
  return existsSync(beside) ? beside : new URL(`../../${name}`, import.meta.url);
}

/** A module without its imports and exports. */
function joined(module: string): string {
  return module.replace(/^import .*;\n/gm, '').replace(/^export /gm, '');
}
