import { elapsed } from '../../core/time.ts';

import type { Log } from '../../core/log.ts';
import type { Command } from '../command.ts';
import { PLACES } from '../command.ts';
import { firstContact } from '../run/first-contact.ts';
import { requireFreePorts } from '../run/free-ports.ts';
import { LiveView } from '../screen/live-view.ts';
import { prettyLogLine } from '../screen/log-line.ts';
import { HUNG_UP, roleExitCode, stoppedCode } from '../run/role.ts';
import { ROLES } from '../run/role-event.ts';
import { RunEvents } from '../run/run-events.ts';
import { Screen } from '../screen/screen.ts';
import { stopSignal } from '../stop-signal.ts';
import { supervise } from '../run/supervisor.ts';
import type { FatalError } from '../run/supervisor.ts';
import { errors, output } from '../outlet.ts';

export const command: Command = {
  usage: '[--on-gap stop|resync]',
  about:
    'Replicates until it is stopped: copies the tables that exist, follows every change after that, and serves the result as SQL on loopback. ' +
    'Each role is a process of its own and is started again when it dies. A source, store or warehouse that goes down is waited for. ' +
    'On a terminal it shows how far it is; otherwise stdout carries JSON lines (ready, table, live) and logs go to stderr.',
  examples: [
    'tailrace run --source postgres://me@localhost/shop',
    "tailrace run --source postgres://me@localhost/shop --tables 'public.*,billing.invoice*' --lake s3://my-bucket/shop",
  ],
  flags: [],
  words: [0, 0],
  settings: [...PLACES, 'onGap', 'sqlPort', 'httpPort', 'logLevel', 'sla'],
  exits: {
    0: 'stopped by SIGTERM or SIGINT',
    1: 'it needs a person; the last line says what to do',
    2: 'it could not begin: arguments, source or lake',
    129: HUNG_UP,
  },
  printsEvents: true,
  async run(context) {
    await requireFreePorts(context.config);
    const lakeId = await firstContact(context.config, context.log, 'make');
    const signal = stopSignal();
    const events = new RunEvents(process.pid);
    output.gone.addEventListener('abort', () => context.log.warn('nobody reads standard output any more: events are not printed'));
    if (!process.stdout.isTTY) {
      const fatal = await supervise({
        ...context,
        lakeId,
        roles: ROLES,
        signal,
        onEvent: (_role, event) => events.take(event).forEach((line) => output.say(`${JSON.stringify(line)}\n`)),
      });
      return end(fatal, context.log);
    }
    const screen = new Screen(process.stdout);
    const view = new LiveView();
    const redraw = setInterval(() => screen.draw(view.lines()), 250);
    const fatal = await supervise({
      ...context,
      lakeId,
      roles: ROLES,
      signal,
      onLog: (line) => screen.above(prettyLogLine(line)),
      onEvent(_role, event) {
        view.take(event, elapsed());
        for (const line of events.take(event)) if (line.event === 'ready') screen.above(`ready: SQL on ${line.sql}, page on ${line.page}`);
      },
    });
    clearInterval(redraw);
    screen.end();
    return end(fatal, context.log);
  },
  exitOf: roleExitCode,
};

function end(fatal: FatalError | null, log: Log): number {
  if (fatal === null) return stoppedCode(log);
  errors.say(`${fatal.message}\n`);
  return fatal.exitCode;
}
