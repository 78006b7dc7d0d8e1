import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { buildAsOf, historyEnd } from '../compactor/as-of.ts';
import type { ConfigOf } from '../core/config.ts';
import { TailraceError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { formatLsn, parseLsn } from '../core/lsn.ts';
import { requireLakeReading } from '../core/sections/lake-reading.ts';
import { openLake } from '../lake/lake-identity.ts';
import { ManifestLog } from '../lake/manifest-log.ts';
import { markLake } from '../warehouse/lake-mark.ts';
import { openWarehouse } from '../warehouse/open-engine.ts';
import { withStore } from './ends.ts';
import { output } from './outlet.ts';

/**
 * Builds the warehouse in an empty directory, as the source was at an LSN. It stands there: this
 * process alone works on it, and nobody in the lake learns of it. Resolves with the exit code.
 */
export async function rebuildAsOf(config: ConfigOf<'rebuild'>, text: string, log: Log): Promise<number> {
  const lsn = parseLsn(text);
  const directory = await requireEmpty(config.warehouse);
  const lakeReading = config['warehouse.lakeAccess'];
  requireLakeReading(lakeReading, config.lake);
  return withStore(config, async (store) => {
    const { id } = await openLake(store, null);
    const end = await historyEnd(store, new ManifestLog(store, log), lsn);
    const { signal } = new AbortController();
    await using engine = await openWarehouse({ uri: directory, role: 'owner', log });
    await markLake(directory, id);
    const baseProof = config['lake.baseProof'];
    const limits = { stepRows: config['compact.stepRows'], stepBytes: config['compact.stepBytes'] };
    const { tables, without, later } = await buildAsOf({ store, engine, lakeReading, baseProof, limits, log, signal }, end);
    const lines = [
      `the warehouse ${directory} has ${tables.length} ${tables.length === 1 ? 'table' : 'tables'} as of ${formatLsn(lsn)}`,
      ...without.map(({ table, reason }) => `without ${table}: ${reason}`),
      ...later.map((table) => `without ${table}: the lake has nothing of it from that time`),
    ];
    output.say(`${lines.join('\n')}\n`);
    return without.length === 0 ? 0 : 1;
  });
}

async function requireEmpty(warehouse: string): Promise<string> {
  if (/^https?:/i.test(warehouse)) throw new TailraceError('BAD_ARGUMENT', '--as-of needs a directory as warehouse, not a server');
  const directory = resolve(warehouse);
  const found = await readdir(directory).catch((): string[] => []);
  if (found.length === 0) return directory;
  throw new TailraceError('BAD_ARGUMENT', `--as-of builds into a new or empty directory, and ${directory} has something in it`, {
    hint: 'Name another --warehouse; a directory of an earlier --as-of can be removed.',
  });
}
