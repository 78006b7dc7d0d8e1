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
