import { makeShop } from '../../cli/demo/shop-history.ts';
import { startPostgres } from '../../cli/demo/postgres-server.ts';
import { shopSize } from '../../cli/demo/shop-schema.ts';
import { startTraffic } from '../../cli/demo/shop-traffic.ts';
import { eventually } from '../../test/support/eventually.ts';
import { type Pipeline, createPipeline } from '../../test/support/pipeline.ts';
import { answerOf } from '../../test/upgrade/answer-of.ts';
import { checkOutOld } from '../../test/upgrade/old-tree.ts';
import { type Outcome, ok, skipped } from './outcome.ts';

const SHOP_EVENTS = 20_000;
const CHANGES_PER_SECOND = 200;
/** Changes in each of the three parts: before, between and after. */
const PART_CHANGES = 600;

/**
 * Plays an upgrade: the code of the last tag replicates a shop with live traffic, stops, and this
 * code continues its lake and its warehouse. Both must be equal to the source, before and after.
 */
export async function playUpgrade(from: string | null): Promise<Outcome> {
  await using old = await checkOutOld(from);
  if (old === null) return skipped('the commit to begin with is not in this clone; fetch the whole history');
  return ok(`from ${old.ref} to this code: ${await continueLake(old.bin)}`);
}

/** The three parts, with customers who keep ordering; resolves with what was compared. */
async function continueLake(bin: string): Promise<string> {
  await using server = await startPostgres();
  const size = shopSize(SHOP_EVENTS);
  await makeShop(server.url, size, () => undefined, { signal: new AbortController().signal });
  await using before = createPipeline({ source: server.url, bin });
  await using after = createPipeline({ source: server.url, lake: before.lake, warehouse: before.warehouse });
  const customers = startTraffic(server.url, size, CHANGES_PER_SECOND);
  const orders = async (): Promise<void> => {
    const enough = customers.changes() + PART_CHANGES;
    await eventually(() => customers.changes() >= enough, `${PART_CHANGES} changes of the shop`);
  };
  try {
    await whileRunning(before, orders);
    await orders();
    return await whileRunning(after, async () => {
      await orders();
      await customers.stop();
      await answerOf(after, ['await', '--now', '--timeout', '180s']);
      const { lsn, tables } = JSON.parse(await answerOf(after, ['verify', '--json'])) as { lsn: string; tables: readonly unknown[] };
      return `${tables.length} tables equal at ${lsn}`;
    });
  } finally {
    await customers.stop();
  }
}

/** Does the work while the pipeline runs, and ends it when everything committed is applied. */
async function whileRunning<T>(pipeline: Pipeline, work: () => Promise<T>): Promise<T> {
  await using running = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
  await running.event('ready');
  const done = await work();
  await answerOf(pipeline, ['await', '--now', '--timeout', '180s']);
  running.kill('SIGTERM');
  const { code, stderr } = await running.ended();
  if (code !== 0) throw new Error(`run ended with ${code} after SIGTERM: ${stderr.slice(-1000)}`);
  return done;
}
