import { readFileSync } from 'node:fs';

/** The version in package.json, beside the sources or beside `dist`. */
export function version(): string {
  const manifest = ['../package.json', '../../package.json'].map((path) => new URL(path, import.meta.url));
  for (const url of manifest) {
    try {
      const content: unknown = JSON.parse(readFileSync(url, 'utf8'));
      if (content !== null && typeof content === 'object' && 'version' in content) return String(content.version);
    } catch {
      continue;
    }
  }
  return 'of unknown version';
}
