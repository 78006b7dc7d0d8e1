import { TailraceError } from '../core/errors.ts';
import { noticeText, runbookOf } from './alert.ts';
import type { Channel } from './channel.ts';

const TIMEOUT_MS = 10_000;

/**
 * Posts JSON: `text` is the line that Slack and what is compatible with it shows; beside it `status`, `at`, `runbook` and the alert's own fields.
 * What does not answer with 2xx within ten seconds has not taken it.
 */
export function webhookChannel(url: string): Channel {
  return {
    name: `webhook ${new URL(url).host}`,
    async send(notice) {
      const { status, at, alert } = notice;
      const body = JSON.stringify({ text: noticeText(notice), status, at, runbook: runbookOf(alert.kind), ...alert });
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        redirect: 'error',
      });
      await response.body?.cancel();
      if (!response.ok) throw new TailraceError('ALERT_NOT_TAKEN', `${new URL(url).host} answered ${response.status}`);
    },
  };
}
