import { TailraceError } from '../core/errors.ts';
import { noticeFields, noticeText } from './alert.ts';
import type { Channel } from './channel.ts';

const TIMEOUT_MS = 10_000;
/** Status codes that refuse the body and will refuse it again (RFC 9110 §15.5). */
const BODY_REFUSED = [400, 413, 414, 415, 422];

/**
 * Posts JSON. `text` is the line that Slack and compatible receivers show. The other fields are
 * `status`, `at`, `runbook` and the fields of the alert. User and password of the URL are sent as
 * Basic authorization. The receiver must answer 2xx within ten seconds; otherwise it has not taken
 * the alert.
 */
export function webhookChannel(text: string): Channel {
  const { url, authorization } = withoutCredentials(text);
  return {
    name: `webhook ${url.host}`,
    async send(notice) {
      const body = JSON.stringify({ text: noticeText(notice), ...noticeFields(notice) });
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...authorization },
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        redirect: 'error',
      });
      await response.body?.cancel();
      if (response.ok) return;
      const code = BODY_REFUSED.includes(response.status) ? 'ALERT_REFUSED' : 'ALERT_NOT_TAKEN';
      throw new TailraceError(code, `${url.host} answered ${response.status}`);
    },
  };
}

/**
 * fetch rejects a URL with credentials (Fetch standard, "includes credentials"), so they are sent
 * as the header that they stand for.
 */
function withoutCredentials(text: string): { readonly url: URL; readonly authorization: Readonly<Record<string, string>> } {
  const url = new URL(text);
  const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  return { url, authorization: login === ':' ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` } };
}
