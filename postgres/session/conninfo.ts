import { TailraceError } from '../../core/errors.ts';

/**
 * A connection string in either form that libpq takes, `postgres://…` or `keyword=value …`, → its
 * keywords and values; the last of a keyword counts.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING (conninfo_parse and
 * conninfo_uri_parse_options in fe-connect.c). Keywords are not checked here. Throws BAD_ARGUMENT.
 * Errors contain no part of the text, because any part may be the password.
 */
export function parseConninfo(text: string): Map<string, string> {
  const prefix = /^postgres(?:ql)?:\/\//.exec(text)?.[0];
  if (prefix !== undefined) return parseUri(text.slice(prefix.length));
  if (/^\s*[\w-]+\s*=/.test(text)) return parsePairs(text);
  throw bad('it is neither postgres://user:password@host:5432/database nor host=… dbname=… user=…');
}

function parseUri(text: string): Map<string, string> {
  const found = new Map<string, string>();
  const at = /^[^@/]*@/.exec(text)?.[0] ?? '';
  const colon = at.indexOf(':');
  if (at !== '') {
    set(found, 'user', decode(colon < 0 ? at.slice(0, -1) : at.slice(0, colon)));
    if (colon >= 0) set(found, 'password', decode(at.slice(colon + 1, -1)));
  }
  const question = text.indexOf('?', at.length);
  const [place, query] = question < 0 ? [text.slice(at.length), ''] : [text.slice(at.length, question), text.slice(question + 1)];
  const slash = place.indexOf('/');
  // libpq ends the user at the first slash too. The supposed host and database would be part of the
  // password.
  if (place.includes('@')) throw bad('there is an @ after the host; write / and @ in a name or password as %2F and %40');
  readHosts(found, slash < 0 ? place : place.slice(0, slash));
  if (slash >= 0) set(found, 'dbname', decode(place.slice(slash + 1)));
  for (const pair of query === '' ? [] : query.split('&')) {
    const [key = '', value, ...rest] = pair.split('=');
    if (value === undefined || rest.length > 0) throw bad('each parameter after the "?" is one keyword=value; write = in a value as %3D');
    // A parameter of JDBC that libpq accepts.
    if (key === 'ssl' && value === 'true') found.set('sslmode', 'require');
    else set(found, decode(key), decode(value));
  }
  return found;
}

/** `host:port,[::1]:port,…`. Sets a list of hosts and one of ports, unless all are empty. */
function readHosts(found: Map<string, string>, text: string): void {
  const hosts = text.split(',').map((one) => {
    const parts = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/.exec(one);
    if (parts === null) throw bad('a host must be a name, an address, or an IPv6 address in brackets, optionally followed by :port');
    return { host: decode(parts[1] ?? parts[2] ?? ''), port: decode(parts[3] ?? '') };
  });
  if (hosts.some(({ host }) => host !== '')) found.set('host', hosts.map(({ host }) => host).join(','));
  if (hosts.some(({ port }) => port !== '')) found.set('port', hosts.map(({ port }) => port).join(','));
}

/** Percent-decoding and nothing else: + is a plus. */
function decode(text: string): string {
  try {
    const decoded = decodeURIComponent(text);
    if (decoded.includes('\0')) throw new URIError('zero');
    return decoded;
  } catch (error) {
    throw bad('it has a % that is not percent-encoding; write % itself as %25', error);
  }
}

const PAIR = /\s*([^\s=]+)\s*=\s*(?:'((?:[^'\\]|\\[^])*)'|((?:[^\s'\\]|\\[^])(?:[^\s\\]|\\[^])*)?)(?=\s|$)/y;

function parsePairs(text: string): Map<string, string> {
  const found = new Map<string, string>();
  const end = text.trimEnd().length;
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < end) {
    const from = PAIR.lastIndex;
    const pair = PAIR.exec(text);
    if (pair?.[1] === undefined)
      throw bad(
        `after character ${from} there is no keyword=value; quote a value with spaces in '…', and write ' as \\' and \\ as \\\\ in it`,
      );
    set(found, pair[1], (pair[2] ?? pair[3] ?? '').replace(/\\([^])/g, '$1'));
  }
  return found;
}

/** An empty value unsets the keyword, as in libpq. */
function set(found: Map<string, string>, keyword: string, value: string): void {
  if (value === '') found.delete(keyword);
  else found.set(keyword, value);
}

function bad(what: string, cause?: unknown): TailraceError {
  return new TailraceError('BAD_ARGUMENT', `the source cannot be read: ${what}`, {
    cause,
    hint: 'Write it as for psql: postgres://user@host:5432/database, or host=… dbname=… user=….',
  });
}
