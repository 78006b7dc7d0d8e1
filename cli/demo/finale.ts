import { pipeline as pipe } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { PassThrough } from 'node:stream';
import type { Log } from '../../core/log.ts';
import { proveSource } from '../../snapshotter/prove-source.ts';
import { verify } from '../../verifier/verify.ts';
import { openWarehouse } from '../../warehouse/open-engine.ts';
import { awaitApplied } from '../await/await-applied.ts';
import { sourceOf, warehouseChoice, withStore } from '../ends.ts';
import { duration } from '../../core/figures.ts';
import { elapsed } from '../../core/time.ts';
import { verifyText } from '../verify-text.ts';
import { testLines, viewsOf } from './demo-models.ts';
import type { DemoPipeline } from './demo-pipeline.ts';
import type { DemoScreen } from './demo-screen.ts';

const AWAIT_MS = 120_000;
/** What the demo asks the warehouse at its end. */
export const QUESTION = `SELECT c.country, count() AS orders, sum(o.total) AS revenue, round(avg(i.items), 2) AS items_per_order
FROM public.orders o
JOIN public.customers c ON c.id = o.customer_id
JOIN (SELECT order_id, sum(quantity) AS items FROM public.order_items GROUP BY order_id) i ON i.order_id = o.id
WHERE o.state IN ('paid', 'shipped', 'delivered')
GROUP BY c.country ORDER BY revenue DESC`;

/** What it asks about the past; all tables were live for longer by then. */
export const QUESTION_OF_THE_PAST = `SELECT state, countIf(past) AS three_seconds_ago, countIf(NOT past) AS now
FROM (
  SELECT state, true AS past FROM public.orders__at(time = now64(6, 'UTC') - INTERVAL 3 SECOND)
  UNION ALL SELECT state, false FROM public.orders
)
GROUP BY state ORDER BY state`;

/**
 * Queries the warehouse, waits until everything committed is applied, and verifies. Resolves with
 * whether both sides are equal.
 */
export async function finale(demo: { pipeline: DemoPipeline; screen: DemoScreen; log: Log }): Promise<boolean> {
  const { pipeline, screen, log } = demo;
  const { config } = pipeline;
  // Later looks would count changes that are not the application's.
  const { freshness } = pipeline;
  freshness.end();
  return withStore(config, async (store) => {
    const source = sourceOf(config, 'demo');
    const warehouse = warehouseChoice(config);
    await using engine = await openWarehouse({ uri: config.warehouse, role: 'reader', log });
    for (const question of [QUESTION, QUESTION_OF_THE_PAST]) {
      const askedAt = elapsed();
      const { body } = await engine.read({ sql: question, format: 'PrettyCompactMonoBlock' });
      const through = new PassThrough();
      const [answer] = await Promise.all([text(through), pipe(body, through)]);
      screen.say(`\n${question}\n\n${answer.trimEnd()}\nthe warehouse answered in ${Math.round(elapsed() - askedAt)} ms`);
    }

    const awaitedAt = elapsed();
    const place = { store, warehouse, warehousePlace: config.warehouse };
    const applied = await awaitApplied({ ...place, source, tables: null, lsn: null, timeoutMs: AWAIT_MS, log });
    if (!applied.done) {
      screen.say(`timed out; still waiting for ${applied.waitingFor.map(({ table }) => table).join(', ')}`);
      return false;
    }
    screen.say(
      `\neverything committed is in the warehouse (await --now: ${duration((elapsed() - awaitedAt) / 1000)}); comparing both sides …`,
    );
    const verifiedAt = elapsed();
    const report = await verify({
      source,
      store,
      engine,
      prove: proveSource(store),
      tables: null,
      log,
      progress: ({ done, total, unit }) => screen.bar({ label: 'verifying', done, total, unit }),
    });
    screen.say(`${verifyText(report).trimEnd()} (${duration((elapsed() - verifiedAt) / 1000)})`);
    const views = await viewsOf(engine);
    screen.say([...freshness.lines(config.sla / 1000, (name) => !views.has(name)), ...(await testLines(engine))].join('\n'));
    return report.match === true;
  });
}
