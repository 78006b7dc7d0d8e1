/**
 * Of our environment only these, where they are set: for a process that must not see what else is
 * in it.
 */
export function passedOn(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}
