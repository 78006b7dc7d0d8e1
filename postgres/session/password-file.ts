/** What a password is looked up for: the fields of a line in a password file. */
export interface PasswordFor {
  readonly host: string;
  readonly port: string;
  readonly database: string;
  readonly user: string;
}

/**
 * The password of the first matching line `host:port:database:user:password`; null when none
 * matches. `*` matches anything, and `\` escapes the next character.
 * https://www.postgresql.org/docs/current/libpq-pgpass.html
 */
export function findPassword(text: string, of: PasswordFor): string | null {
  const wanted = [of.host, of.port, of.database, of.user];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const fields = [...line.matchAll(/((?:[^:\\]|\\.)*)(?::|$)/g)].map(([, field = '']) => field);
    if (fields.length < 5) continue;
    const fits = wanted.every((value, at) => fields[at] === '*' || unescape(fields[at] ?? '') === value);
    if (!fits) continue;
    // The password is the rest of the line, including any colons.
    const before = fields.slice(0, 4).reduce((length, field) => length + field.length + 1, 0);
    return unescape(line.slice(before));
  }
  return null;
}

function unescape(field: string): string {
  return field.replace(/\\(.)/g, '$1');
}
