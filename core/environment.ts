/**
 * The named variables of our environment, if they are set: for a process that must not see the
 * others.
 */
export function passedOn(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}
