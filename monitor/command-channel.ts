import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { passedOn } from '../core/environment.ts';
import { TailraceError } from '../core/errors.ts';
import { noticeFields, noticeText } from './alert.ts';
import type { Channel } from './channel.ts';

const TIMEOUT_MS = 30_000;
/** Variables that the command inherits: none has settings of the source, the lake or mail. */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TMPDIR', 'USER'];

const SHELL = '/bin/sh';

/**
 * Runs a shell command. It gets the notice as JSON on stdin and as one line in TAILRACE_ALERT. The
 * command must exit 0 within 30 s; otherwise it has not taken the alert. Throws NO_SHELL when this
 * system has no shell.
 */
export function commandChannel(command: string, shell = SHELL): Channel {
  requireShell(shell);
  return {
    name: 'command',
    async send(notice) {
      const child = spawn(shell, ['-c', command], {
        env: { ...passedOn(PASSED_ON), TAILRACE_ALERT: noticeText(notice), TAILRACE_ALERT_STATUS: notice.status },
        stdio: ['pipe', 'ignore', 'pipe'],
        timeout: TIMEOUT_MS,
        killSignal: 'SIGKILL',
      });
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-200)));
      // A command that does not read its stdin closes the pipe.
      child.stdin.on('error', () => undefined);
      child.stdin.end(`${JSON.stringify(noticeFields(notice))}\n`);
      await once(child, 'close');
      if (child.exitCode !== 0)
        throw new TailraceError(
          'ALERT_NOT_TAKEN',
          `the command exited with ${child.exitCode ?? child.signalCode}${said === '' ? '' : `: ${said.trim()}`}`,
        );
    },
  };
}

function requireShell(shell: string): void {
  try {
    accessSync(shell, constants.X_OK);
  } catch (error) {
    throw new TailraceError('NO_SHELL', `alert.command is set, but this system has no ${shell}`, { cause: error });
  }
}
