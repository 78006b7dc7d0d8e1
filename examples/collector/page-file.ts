import { readFileSync } from 'node:fs';

const FILES: Readonly<Record<string, { path: string; type: string }>> = {
  '/': { path: 'page/collector.html', type: 'text/html' },
  '/base.css': { path: '../../monitor-page/base.css', type: 'text/css' },
  '/collector.css': { path: 'page/collector.css', type: 'text/css' },
  '/collector.js': { path: 'page/collector.js', type: 'text/javascript' },
};

/** The page loads nothing from elsewhere, so it works without internet. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'";

/** A file of the page as an answer; 404 for anything else. */
export function pageFile(path: string): { status: number; text: string; headers?: Record<string, string> } {
  const file = FILES[path];
  if (file === undefined) return { status: 404, text: 'not found\n' };
  return {
    status: 200,
    text: readFileSync(new URL(file.path, import.meta.url), 'utf8'),
    headers: { 'content-type': `${file.type}; charset=utf-8`, 'content-security-policy': POLICY },
  };
}
