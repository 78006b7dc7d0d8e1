import { createTransport } from 'nodemailer';
import { TailraceError } from '../core/errors.ts';
import { duration } from '../core/figures.ts';
import { firstStep, noticeTitle, runbookOf, secondsRaised, utc } from './alert.ts';
import type { Notice } from './alert.ts';
import type { Channel } from './channel.ts';

/** Sends plain text by SMTP (`smtp://` or `smtps://user:password@host:port`). */
export function mailChannel({ smtp, from, to }: { smtp: string; from: string; to: string }): Channel {
  const transport = createTransport(smtp);
  return {
    name: `mail to ${to}`,
    async send(notice) {
      const { table } = notice.alert;
      const mail = { from, to, subject: `[tailrace] ${noticeTitle(notice)}${table === null ? '' : `: ${table}`}`, text: mailText(notice) };
      await transport.sendMail(mail).catch((error: unknown) => {
        throw isMessageRefused(error) ? new TailraceError('ALERT_REFUSED', error.message, { cause: error }) : error;
      });
    },
  };
}

/** What is wrong, what to do, then one fact a line. */
function mailText(notice: Notice): string {
  const { status, at, alert } = notice;
  const step = status === 'raised' ? firstStep(alert) : null;
  const facts = {
    severity: alert.severity,
    stage: alert.stage,
    table: alert.table,
    since: utc(alert.since),
    ...(status === 'resolved' ? { resolved: utc(at) } : {}),
    ...alert.figures,
  };
  return [
    status === 'raised' ? alert.summary : `Resolved after ${duration(secondsRaised(notice))}. The alert was: ${alert.summary}`,
    '',
    ...(step === null ? [] : [`What to do: ${step}`]),
    `Runbook: ${runbookOf(alert.kind)}`,
    '',
    ...Object.entries(facts).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`])),
    '',
  ].join('\n');
}

/**
 * A permanent error (5yz, RFC 5321 §4.2.1) for this message and not for the session. nodemailer
 * says so with the code EMESSAGE.
 */
function isMessageRefused(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { code, responseCode = 0 } = error as { code?: string; responseCode?: number };
  return code === 'EMESSAGE' && responseCode >= 500;
}
