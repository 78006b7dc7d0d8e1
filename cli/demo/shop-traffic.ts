import pg from 'pg';
import { abortableSleep } from '../../core/loop.ts';
import { elapsed } from '../../core/time.ts';
import { shopScenes } from './shop-scenes.ts';
import type { ShopSize } from './shop-schema.ts';

const SESSIONS = 2;
const TICK_MS = 50;

/** Live traffic; `stop` resolves when the last transaction is committed. */
export interface Traffic {
  /** Rows changed so far. */
  changes(): number;
  transactions(): number;
  /** Whether a session has ended by a failure, which `stop` throws. */
  hasFailed(): boolean;
  stop(): Promise<void>;
}

/**
 * Customers of the shop: they change `rate` rows per second over all sessions, in transactions of
 * one or a few statements. `firstTurn` is above 0 where earlier traffic has used the ids below it.
 */
export function startTraffic(url: string, size: ShopSize, rate: number, firstTurn = 0): Traffic {
  const abort = new AbortController();
  const counted = { changes: 0, transactions: 0 };
  const sessions = Array.from({ length: SESSIONS }, (_, index) =>
    session(url, { ...size, index, rate: rate / SESSIONS, counted, firstTurn, signal: abort.signal }),
  );
  const done = Promise.all(sessions);
  // `stop` throws a failure; until then it must not end the process.
  let hasFailed = false;
  done.catch(() => {
    hasFailed = true;
    abort.abort();
  });
  return {
    changes: () => counted.changes,
    transactions: () => counted.transactions,
    hasFailed: () => hasFailed,
    async stop() {
      abort.abort();
      await done;
    },
  };
}

interface SessionPlan extends ShopSize {
  readonly index: number;
  readonly rate: number;
  readonly firstTurn: number;
  readonly counted: { changes: number; transactions: number };
  readonly signal: AbortSignal;
}

async function session(url: string, plan: SessionPlan): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  const startedAt = elapsed();
  const scenes = shopScenes({ ...plan, sessions: SESSIONS });
  let mine = 0;
  try {
    for (let turn = plan.firstTurn; !plan.signal.aborted; turn += 1) {
      const due = ((elapsed() - startedAt) / 1000) * plan.rate;
      if (mine >= due) {
        await abortableSleep(TICK_MS, plan.signal);
        continue;
      }
      const scene = scenes[turn % scenes.length];
      const changed = scene === undefined ? 0 : await transaction(client, scene(turn));
      mine += Math.max(1, changed);
      plan.counted.changes += changed;
      plan.counted.transactions += 1;
    }
  } finally {
    await client.end();
  }
}

async function transaction(client: pg.Client, statements: readonly string[]): Promise<number> {
  let changed = 0;
  if (statements.length > 1) await client.query('begin');
  for (const statement of statements) changed += (await client.query(statement)).rowCount ?? 0;
  if (statements.length > 1) await client.query('commit');
  return changed;
}
