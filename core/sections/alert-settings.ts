import { choice, duration, mailAddress, shellCommand, smtpUrl, webUrl } from '../config-value.ts';
import { optional, setting } from '../setting.ts';

/** Where alerts go, and what raises some of them. */
export const alertSettings = {
  'alert.webhook': optional(webUrl, 'none', 'URL that alerts are posted to as JSON, in the form that Slack accepts', ['monitor', 'alert']),
  'alert.command': optional(shellCommand, 'none', 'shell command that receives each alert as JSON on its stdin', ['monitor', 'alert']),
  'alert.smtp': optional(smtpUrl, 'none', 'mail server for alerts; alert.mailTo names the recipients', ['monitor', 'alert']),
  'alert.mailTo': optional(mailAddress, 'none', 'recipients of alerts by mail', ['monitor', 'alert']),
  'alert.mailFrom': optional(mailAddress, 'alert.mailTo', 'sender of alerts by mail', ['monitor', 'alert']),
  'alert.schema': setting(
    choice('on', 'off'),
    'off',
    'whether a change of a table that breaks its readers raises an alert for a day (docs/SCHEMAS.md); the monitor then reads every batch of the lake once',
    ['monitor'],
  ),
  'alert.longTransaction': setting(duration, '10m', 'a transaction that stays open at the source for longer than this raises an alert', [
    'monitor',
  ]),
};
