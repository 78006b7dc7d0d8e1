import { elapsed } from '../../core/time.ts';
import type { Log } from '../../core/log.ts';
import type { Command } from '../command.ts';
import { requireFreePorts } from '../run/free-ports.ts';
import { requireOwnDatabases, sqlWritesOf } from '../run/sql-writes.ts';
import { keepYoungSmall } from '../run/node-flags.ts';
import { LiveView } from '../screen/live-view.ts';
import { roleExitCode, roleExits, stoppedCode } from '../run/role.ts';
import { rolesOf } from '../run/roles-of.ts';
import { RunEvents } from '../run/run-events.ts';
import { Screen } from '../screen/screen.ts';
import { stopSignal } from '../stop-signal.ts';
import { supervise } from '../run/supervisor.ts';
import type { FatalError } from '../run/supervisor.ts';
import { errors, output } from '../outlet.ts';

export const command: Command<'run'> = {
  usage: '[--on-gap stop|resync]',
  about:
    'Replicates until it is stopped: copies the existing tables, applies every later change, and serves the result over SQL on loopback. ' +
    'Roles are restarted if they die; those of a small database share a process. If the source, store or warehouse goes down, tailrace waits until it is back. ' +
    'On a terminal it shows progress; otherwise stdout has JSON lines (ready, table, live). Logs go to stderr.',
  examples: [
    'tailrace run --source postgres://me@localhost/shop',
    "tailrace run --source postgres://me@db/shop --tables 'public.*,billing.*' --lake s3://bucket/shop",
  ],
  flags: [],
  words: [0, 0],
  exits: roleExits('arguments, source or lake'),
  printsEvents: true,
  async run(context) {
    keepYoungSmall();
    requireOwnDatabases(context.config);
    sqlWritesOf(context.config);
    await requireFreePorts(context.config);
    const signal = stopSignal();
    const events = new RunEvents(process.pid);
    output.gone.addEventListener('abort', () => context.log.warn('nobody reads standard output any more: events are not printed'));
    if (!process.stdout.isTTY) {
      const fatal = await supervise({
        ...context,
        processes: context.config.processes,
        roles: rolesOf(context.config),
        signal,
        onEvent: (_role, event) => events.take(event).forEach((line) => output.say(`${JSON.stringify(line)}\n`)),
      });
      return end(fatal, context.log);
    }
    const { prettyLogLine } = await import('../screen/log-line.ts');
    const screen = new Screen(process.stdout);
    const view = new LiveView();
    const redraw = setInterval(() => screen.draw(view.lines()), 250);
    const fatal = await supervise({
      ...context,
      processes: context.config.processes,
      roles: rolesOf(context.config),
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
