import { TailraceError } from '../../core/errors.ts';

/**
 * The parameters of one service of a connection service file
 * (https://www.postgresql.org/docs/current/libpq-pgservice.html); null when the file has no such
 * section. Throws BAD_ARGUMENT with the number of the line; errors never contain its text.
 */
export function readService(text: string, service: string, path: string): Map<string, string> | null {
  let found: Map<string, string> | null = null;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('[')) {
      if (found !== null) return found;
      if (line === `[${service}]`) found = new Map();
      continue;
    }
    if (found === null) continue;
    const equals = line.indexOf('=');
    const keyword = line.slice(0, Math.max(0, equals));
    if (line.startsWith('ldap') || equals < 1 || keyword === 'service' || keyword === 'servicefile') {
      throw new TailraceError(
        'BAD_ARGUMENT',
        `line ${index + 1} of the service file ${path} is not a keyword=value that a service may have`,
        {
          hint: 'LDAP look-ups and nested services are not supported.',
        },
      );
    }
    const value = line.slice(equals + 1);
    if (!found.has(keyword) && value !== '') found.set(keyword, value);
  }
  return found;
}
