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

/**
 * A value of the configuration as an error shows it. A password may contain a sign that ends a URL
 * in a text. So nothing between the user and the last @ is shown, even if the text is only nearly a
 * URL. Values of secret keys are not shown at all.
 */
export function shownValue(key: string, value: string): string {
  return /pass|secret|token|salt|webhook|smtp/i.test(key) ? '***' : value.replace(/^(.*?:\/\/)?([^:@]*):.*@/s, '$1$2:***@');
}
