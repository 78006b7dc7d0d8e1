/**
 * A process that builds models through the owner of a warehouse, to be killed by a test. Arguments:
 * the directory, then `exec SQL` or `hold LOCK`. Says `ready` over the channel when the statement
 * is sent or the lock is held, or the code of what went wrong.
 */
import { z } from 'zod';
import { silentLogger } from '../../../core/log.ts';
import { TailraceError } from '../../../core/errors.ts';
import { openWarehouse } from '../../../warehouse/open-engine.ts';

const [, , directory = '', deed = '', argument = ''] = process.argv;
try {
  const limits = { memoryBytes: 200_000_000, threads: 1 };
  const engine = await openWarehouse({ uri: directory, role: 'builder', log: silentLogger(), limits });
  if (deed === 'hold') await engine.hold?.(z.enum(['role', 'run']).parse(argument), { wait: false });
  process.send?.('ready');
  if (deed === 'exec') await engine.exec(argument);
} catch (error) {
  process.send?.(error instanceof TailraceError ? error.code : String(error));
}
