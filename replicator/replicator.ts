import { TailraceError } from '../core/errors.ts';
import { runLoop } from '../core/loop.ts';
import { systemTime } from '../core/time.ts';
import { putStage } from '../lake/control.ts';
import { SameLake } from '../lake/same-lake.ts';
import { createWriter } from '../lake/writer.ts';
import { Looks } from './catalog/looks.ts';
import { NotInProgress } from './rows/not-in-progress.ts';
import type { ReplicatorOptions } from './options.ts';
import { runSession } from './run-session.ts';
import { prepareStart } from './start/start.ts';
import type { Start } from './start/start.ts';
import { TableTroubles } from './catalog/table-troubles.ts';

/**
 * The role: WAL → whole transactions → batches in the lake, until the signal is aborted. In: the
 * source's replication slot. Out: manifests, in order, each with its Arrow files; and the durable
 * position back to Postgres.
 *
 * Always true: a manifest names only stored files, an acknowledged position is in a manifest, and a
 * session begins where the last manifest ends. So a crash at any point leaves a phantom that
 * nothing names, never a hole. Rejects with errors that need manual action: GAP, SLOT_LOST,
 * SOURCE_AUTH …
 */
export async function runReplicator(options: ReplicatorOptions): Promise<void> {
  const { log, signal } = options;
  const writer = createWriter();
  const looks = new Looks(async (id) => {
    await putStage(options.store, { id, stage: 'looked' }, {});
  }, log);
  const troubles = new TableTroubles({ tables: options.tables, log, time: systemTime });
  const lake = new SameLake(options.store, options.lakeId);
  const prepare = (): Promise<Start> => prepareStart({ ...options, same: lake, writer });
  await runLoop({
    name: 'replicator',
    signal,
    log,
    attempt: async (progress) => {
      const session = async (lastXid: number | null): Promise<void> => {
        await runSession({ ...options, writer, start: await prepare(), lastXid, progress, looks, troubles }).catch(
          async (error: unknown) => {
            if (options.onGap === 'stop' || !isGap(error)) throw error;
            // A slot was lost while it was read: the next start finds that, and may begin a new
            // epoch.
            await runSession({ ...options, writer, start: await prepare(), lastXid, progress, looks, troubles });
          },
        );
      };
      let lastXid: number | null = null;
      while (!signal.aborted) {
        try {
          await session(lastXid);
          // It ended in order: it was stopped, or the transaction that it waited for was published.
          if (lastXid === null) return;
          lastXid = null;
        } catch (error) {
          if (!(error instanceof NotInProgress)) throw error;
          log.info({ xid: error.xid, reason: error.message }, 'a transaction is taken at its commit');
          lastXid = error.xid;
        }
      }
    },
  });
}

function isGap(error: unknown): boolean {
  return error instanceof TailraceError && (error.code === 'SLOT_LOST' || error.code === 'PUBLICATION_LOST' || error.code === 'GAP');
}
