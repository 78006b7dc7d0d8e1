import type { Channel, ChannelOptions } from './channel.ts';
import { commandChannel } from './command-channel.ts';
import { mailChannel } from './mail-channel.ts';
import { webhookChannel } from './webhook.ts';

/** The channels that are configured. */
export function openChannels({ webhook, command, mail }: ChannelOptions): Channel[] {
  return [
    ...(webhook === null ? [] : [webhookChannel(webhook)]),
    ...(command === null ? [] : [commandChannel(command)]),
    ...(mail === null ? [] : [mailChannel(mail)]),
  ];
}
