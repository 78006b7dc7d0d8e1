import { parseDuration } from '../../core/sections/units.ts';
import { TailraceError } from '../../core/errors.ts';
import { isoTime, wall } from '../../core/time.ts';
import { openLake } from '../../lake/lake-identity.ts';
import { PauseLog } from '../../lake/pauses.ts';
import { CANNOT_TELL, flagValue } from '../command.ts';
import type { Command } from '../command.ts';
import { withStore } from '../ends.ts';
import { output } from '../outlet.ts';
import { pausableRole } from '../pausable-role.ts';

export const command: Command<'pause'> = {
  usage: '--role replicate|snapshot|compact [--for TIME]',
  about:
    'Lets a role of every process on this lake rest: it stores what is complete and waits. A pause survives restarts. While replicate rests, the source keeps ' +
    'its WAL; the pause ends by itself before that harms the source (source.walBudget). Tables stay readable.',
  examples: ['tailrace pause --role compact --for 2h', 'tailrace pause --role replicate', 'tailrace resume --role replicate'],
  flags: [
    { name: 'role', placeholder: 'ROLE', help: 'replicate, snapshot or compact' },
    {
      name: 'for',
      placeholder: 'TIME',
      help: 'end the pause after this time, such as 30m or 2h; without it, `tailrace resume --role` ends it',
    },
  ],
  words: [0, 0],
  exits: { 0: 'the role rests from its next look on: within seconds, or half a minute on S3', 2: CANNOT_TELL },
  run: (context) =>
    withStore(context.config, async (store) => {
      const role = pausableRole(flagValue(context, 'role'));
      const forMs = timeOf(flagValue(context, 'for'));
      await openLake(store, null);
      const nowMs = wall();
      const untilMs = forMs === null ? null : nowMs + forMs;
      await new PauseLog(store, role).pause(nowMs, untilMs);
      output.say(`${role} is paused until ${untilMs === null ? `\`tailrace resume --role ${role}\`` : isoTime(untilMs)}\n`);
      return 0;
    }),
};

function timeOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const ms = parseDuration(text);
  if (ms === null) throw new TailraceError('BAD_ARGUMENT', `--for ${text} is not a time such as 30m or 2h`);
  return ms;
}
