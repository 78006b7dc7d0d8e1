import { createTransport } from 'nodemailer';
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
      await transport.sendMail({
        from,
        to,
        subject: `[tailrace] ${status} ${alert.kind}${alert.table === null ? '' : ` ${alert.table}`}`,
        text: [noticeText(notice), '', ...figures, `since: ${alert.since}`, `at: ${at}`, `runbook: ${runbookOf(alert.kind)}`, ''].join(
          '\n',
        ),
      });
    },
  };
}
