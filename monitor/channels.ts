import type { Channel, ChannelOptions } from './channel.ts';
import { commandChannel } from './command-channel.ts';
import { webhookChannel } from './webhook.ts';

/** The channels that are configured. The library for mail is loaded only where mail is sent. */
export async function openChannels({ webhook, command, mail }: ChannelOptions): Promise<Channel[]> {
  return [
    ...(webhook === null ? [] : [webhookChannel(webhook)]),
    ...(command === null ? [] : [commandChannel(command)]),
    ...(mail === null ? [] : [(await import('./mail-channel.ts')).mailChannel(mail)]),
  ];
}
