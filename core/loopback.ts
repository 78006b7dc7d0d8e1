/**
 * Pure: which Host and Origin headers come from this machine. A page that reaches this server by
 * DNS rebinding sends its own name as Host or Origin.
 */

/** `localhost:8123`, `127.0.0.1`, `[::1]:80` → true. */
export function isLoopbackHost(host: string | undefined): boolean {
  const name = (host ?? '').replace(/:\d+$/, '').toLowerCase();
  return name === 'localhost' || name === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(name);
}

/** True when there is no Origin (no browser), or it is a page of this machine. */
export function isLoopbackOrigin(origin: string | undefined): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && isLoopbackHost(new URL(origin).host);
}
