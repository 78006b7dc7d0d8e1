import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import type { Finished } from '../support/pipeline.ts';
import { SHOP_SCHEMA, startLoad } from '../support/shop-load.ts';
import type { Scene } from './troubles.ts';

/** The shop and the whole product on a cluster. */
export interface ClusterStage extends AsyncDisposable, Pick<Scene, 'hold' | 'restartCompactor' | 'settle' | 'rebuild'> {
  /** Differences between both sides once all is applied; null: there are none. */
  compare(): Promise<string | null>;
  /** What the roles logged. */
  log(): string;
}

/** Exit code of a command that gave no answer. */
const CANNOT_TELL = 2;
const ATTEMPTS = 5;
const AWAIT = ['await', '--now', '--timeout', '300s'];

/** Where everything is. */
export interface StageOptions {
  /** An empty Postgres. */
  readonly source: string;
  /** URL of a node, as the writer. */
  readonly warehouse: string;
  /** As `system.clusters` names it. */
  readonly cluster: string;
  readonly lake: string;
  /** Keys of the lake and more, for the processes of the product. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Makes the shop in Postgres, starts `tailrace run` and traffic. Resolves when a table is live.
 */
export async function openStage({ source, warehouse, cluster, lake, environment }: StageOptions): Promise<ClusterStage> {
  await using resources = new AsyncDisposableStack();
  const client = new pg.Client({ connectionString: source });
  await client.connect();
  await client.query(SHOP_SCHEMA);
  await client.end();
  const env = {
    TAILRACE_WAREHOUSE_CLUSTER: cluster,
    TAILRACE_WAREHOUSE_PLAINTEXT: 'true',
    TAILRACE_REPLICATE_MAX_AGE: '500ms',
    ...environment,
  };
  const pipeline = resources.use(createPipeline({ source, warehouse, lake, env }));
  const must = async (...args: string[]): Promise<Finished> => {
    const finished = await pipeline.cli(args);
    if (finished.code !== 0) throw new Error(`tailrace ${args.join(' ')} exited with ${finished.code}: ${finished.stderr.slice(-2000)}`);
    return finished;
  };
  await must('check');
  const run = resources.use(pipeline.start(['run', '--http-port', '0']));
  await run.event('live');
  const load = startLoad(source);
  resources.defer(async () => void (await load.stop()));
  const owned = resources.move();
  return {
    async hold(seconds) {
      const before = load.committed();
      await sleep(seconds * 1000);
      if (load.committed() === before) throw new Error('the shop has stopped');
    },
    async restartCompactor() {
      const old = run.roles().get('compact');
      if (old === undefined) throw new Error('no process has the role compact');
      process.kill(old, 'SIGKILL');
      await eventually(() => {
        const now = run.roles().get('compact');
        return now !== undefined && now !== old;
      }, 'another process to have the role compact');
    },
    settle: async () => void (await must(...AWAIT)),
    rebuild: async () => void (await must('rebuild')),
    async compare() {
      await must(...AWAIT);
      const verify = ['verify', '--json'];
      let verdict = await pipeline.cli(verify);
      // It cannot tell while the compactor begins again.
      for (let attempt = 1; verdict.code === CANNOT_TELL && attempt < ATTEMPTS; attempt += 1) verdict = await pipeline.cli(verify);
      const { code, stdout, stderr } = verdict;
      return code === 0 && (JSON.parse(stdout) as { match: boolean }).match ? null : `verify exited with ${code}: ${stdout}${stderr}`;
    },
    log: () => run.stderr(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
