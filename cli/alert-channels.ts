import type { ConfigOf } from '../core/config.ts';
import { TailraceError } from '../core/errors.ts';
import type { ChannelOptions } from '../monitor/channel.ts';

/** Where alerts go. Throws BAD_CONFIG when only one of mail server and recipient is set. */
export function alertChannels(config: ConfigOf<'alert'>): ChannelOptions {
  const { 'alert.smtp': smtp, 'alert.mailTo': to, 'alert.mailFrom': from } = config;
  if ((smtp === undefined) !== (to === undefined)) {
    const [set, missing] = smtp === undefined ? ['alert.mailTo', 'alert.smtp'] : ['alert.smtp', 'alert.mailTo'];
    throw new TailraceError('BAD_CONFIG', `${set} is set, but ${missing} is not`);
  }
  return {
    webhook: config['alert.webhook'] ?? null,
    command: config['alert.command'] ?? null,
    mail: smtp === undefined || to === undefined ? null : { smtp, to, from: from ?? to },
  };
}
