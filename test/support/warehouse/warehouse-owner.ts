/**
 * A process that owns a warehouse and serves it, to be killed by a test. Argument: the directory.
 * Says its endpoint's URL over the channel, or the code of what went wrong.
 */
import { silentLogger, type Log } from '../../../core/log.ts';
import { TailraceError } from '../../../core/errors.ts';
import { serveSql } from '../../../warehouse/endpoint.ts';
import { openWarehouse } from '../../../warehouse/open-engine.ts';

const log: Log = silentLogger();
try {
  const engine = await openWarehouse({ uri: process.argv[2] ?? '', role: 'owner', log, patienceMs: 1000 });
  await engine.exec('CREATE TABLE IF NOT EXISTS t (n UInt64) ENGINE = MergeTree ORDER BY n');
  await engine.exec('INSERT INTO t SELECT number FROM numbers(1000)');
  process.send?.((await serveSql(engine, { port: 0 })).url);
} catch (error) {
  process.send?.(error instanceof TailraceError ? error.code : String(error));
}
