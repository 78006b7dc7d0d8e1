import { createTransport } from 'nodemailer';
import { TailraceError } from '../core/errors.ts';
import { noticeText, runbookOf } from './alert.ts';
import type { Channel } from './channel.ts';

/** Sends a plain message by SMTP (`smtp://` or `smtps://user:password@host:port`). */
export function mailChannel({ smtp, from, to }: { smtp: string; from: string; to: string }): Channel {
  const transport = createTransport(smtp);
  return {
    name: `mail to ${to}`,
    async send(notice) {
      const { status, at, alert } = notice;
      const figures = Object.entries(alert.figures).map(([name, value]) => `${name}: ${value ?? '–'}`);
      const mail = {
        from,
        to,
        subject: `[tailrace] ${status} ${alert.kind}${alert.table === null ? '' : ` ${alert.table}`}`,
        text: [noticeText(notice), '', ...figures, `since: ${alert.since}`, `at: ${at}`, `runbook: ${runbookOf(alert.kind)}`, ''].join(
          '\n',
        ),
      };
      await transport.sendMail(mail).catch((error: unknown) => {
        throw isMessageRefused(error) ? new TailraceError('ALERT_REFUSED', error.message, { cause: error }) : error;
      });
    },
  };
}

/**
 * A permanent answer (5yz, RFC 5321 §4.2.1) to the message itself; nodemailer names the stage in
 * `code`.
 */
function isMessageRefused(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { code, responseCode = 0 } = error as { code?: string; responseCode?: number };
  return code === 'EMESSAGE' && responseCode >= 500;
}
