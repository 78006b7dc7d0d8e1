import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { passedOn } from '../core/environment.ts';
import { TailraceError } from '../core/errors.ts';
import { noticeFields, noticeText } from './alert.ts';
import type { Channel } from './channel.ts';

const TIMEOUT_MS = 30_000;
/** What the command may see of our environment: nothing of source, lake or mail. */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TMPDIR', 'USER'];

/**
 * Runs a shell command with the notice as JSON on its stdin and its line as TAILRACE_ALERT. What
 * does not end with 0 in half a minute has not taken it.
 */
export function commandChannel(command: string): Channel {
  return {
    name: 'command',
    async send(notice) {
      const child = spawn('/bin/sh', ['-c', command], {
        env: { ...passedOn(PASSED_ON), TAILRACE_ALERT: noticeText(notice), TAILRACE_ALERT_STATUS: notice.status },
        stdio: ['pipe', 'ignore', 'pipe'],
        timeout: TIMEOUT_MS,
        killSignal: 'SIGKILL',
      });
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-200)));
      // A command that reads nothing closes its end.
      child.stdin.on('error', () => undefined);
      child.stdin.end(`${JSON.stringify(noticeFields(notice))}\n`);
      await once(child, 'close');
      if (child.exitCode !== 0)
        throw new TailraceError(
          'ALERT_NOT_TAKEN',
          `the command ended with ${child.exitCode ?? child.signalCode}${said === '' ? '' : `: ${said.trim()}`}`,
        );
    },
  };
}
