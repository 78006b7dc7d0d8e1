/** Up to the last name of an error, or to the end. */
const REST = String.raw`(?:.*(?=\. \([A-Z_0-9]+\))|.*$)`;
/** The engine repeats the statement here, with its literals. */
const STATEMENT = new RegExp(`(?:: while executing '|:? [Ii]n scope )${REST}`, 's');
/** Messages of the engine that show a value without quotes. */
const BARE = new RegExp(`(Cannot parse (?:[\\w ]*here:|uuid|IPv[46]) )${REST}`, 's');
const QUOTED = /(?<!\w)(['"])(?:(?!\1)[^\\]|\\.)*(?:\1|$)/gs;

/**
 * A message of the engine without the values in it, for logs and alerts: quoted texts become '…'.
 * Names in backticks stay, and so does a text that a statement gives to throwIf. Pure.
 */
export function hideValues(message: string): string {
  return message.replace(STATEMENT, '').replace(BARE, '$1…').replace(QUOTED, '$1…$1');
}

/** `password=` of a URL's query, and of a connection string, where quotes may stand around it. */
const PASSWORD_IN_QUERY = /([?&][a-z_]*password=)[^&#]*/gi;
const PASSWORD_IN_CONNINFO = /(password\s*=\s*)(?:'(?:[^'\\]|\\.)*(?:'|$)|(?:[^\s\\]|\\.)+)/gis;

/**
 * A value of the configuration as people may see it. A password may contain a sign that ends a URL
 * in a text. So nothing between the user and the last @ is shown, even if the text is only nearly a
 * URL. Values of secret keys are not shown at all.
 */
export function shownValue(key: string, value: string): string {
  if (/pass|secret|token|salt|webhook|smtp/i.test(key)) return '***';
  // JSON of a structure: a colon and an @ do not make a password.
  if (value.startsWith('{')) return value.replace(/:\/\/([^:@/"]*):[^@"]*@/g, '://$1:***@');
  const shown = value.replace(/^(.*?:\/\/)?([^:@]*):.*@/s, '$1$2:***@');
  return shown.includes('://') ? shown.replace(PASSWORD_IN_QUERY, '$1***') : shown.replace(PASSWORD_IN_CONNINFO, '$1***');
}
