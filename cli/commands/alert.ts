import { describeError, TailraceError } from '../../core/errors.ts';
import { isoTime, wall } from '../../core/time.ts';
import { notTaken } from '../../monitor/channel.ts';
import { openChannels } from '../../monitor/channels.ts';
import type { Notice } from '../../monitor/alert.ts';
import type { Command } from '../command.ts';
import { alertChannels } from '../alert-channels.ts';
import { output } from '../outlet.ts';

export const command: Command<'alert'> = {
  usage: 'test',
  about:
    'Sends one alert of kind `test` over every configured channel (alert.webhook, alert.command, alert.smtp) and prints the result of each.',
  examples: ['tailrace alert test --config tailrace.yaml', "tailrace alert test --alert-command 'cat >> alerts.jsonl'"],
  flags: [],
  words: [1, 1],
  exits: { 0: 'every channel accepted it', 1: 'a channel did not accept it', 2: 'no channel is configured, or wrong arguments' },
  async run({ config, words }) {
    if (words[0] !== 'test') throw new TailraceError('BAD_ARGUMENT', `"${words[0]}" is not a subcommand of alert; allowed: test`);
    const channels = await openChannels(alertChannels(config));
    if (channels.length === 0) {
      throw new TailraceError('BAD_CONFIG', 'no channel for alerts is configured', {
        hint: 'Set alert.webhook, alert.command, or alert.smtp with alert.mailTo.',
      });
    }
    const failures = await Promise.all(
      channels.map((channel) =>
        channel.send(testNotice()).then(
          () => null,
          (error: unknown) => describeError(notTaken(error)),
        ),
      ),
    );
    for (const [index, { name }] of channels.entries()) {
      const failure = failures[index] ?? null;
      output.say(failure === null ? `${name}: delivered\n` : `${name}: NOT delivered: ${failure}\n`);
    }
    return failures.every((failure) => failure === null) ? 0 : 1;
  },
};

function testNotice(): Notice {
  const at = isoTime(wall());
  const summary = 'This is a test. Alerts of tailrace arrive here.';
  return {
    status: 'raised',
    at,
    alert: { key: 'test', kind: 'test', severity: 'warn', table: null, stage: null, summary, figures: {}, since: at },
  };
}
