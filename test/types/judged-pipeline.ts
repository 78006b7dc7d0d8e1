import { silentLogger } from '../../core/log.ts';
import { openStore } from '../../lake/store/open-store.ts';
import { type Running, createPipeline } from '../support/pipeline.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { startSnapshotter } from '../support/snapshot-source.ts';
import { expectVerified } from '../support/verified.ts';
import { SCALE } from './scale.ts';

/** The product at work on a source. */
export interface JudgedPipeline extends AsyncDisposable {
  /** Address of the warehouse's SQL endpoint. */
  readonly endpoint: string;
  /**
   * Waits until all that is committed is in the warehouse, and fails unless the product itself
   * finds both ends equal.
   */
  settle(): Promise<void>;
}

/**
 * Starts the processes as a user does; the tables that are there are copied before `settle` returns
 * first.
 */
export async function startJudged(database: TestDatabase): Promise<JudgedPipeline> {
  const pipeline = createPipeline({ source: database.url });
  const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
  const endpoint = await endpointOf(run);
  await run.event('live', () => true, SCALE.timeoutMs);
  return {
    endpoint,
    settle: () => expectVerified(pipeline, {}, `${SCALE.timeoutMs / 1000}s`),
    [Symbol.asyncDispose]: () => pipeline[Symbol.asyncDispose](),
  };
}

/** The same with a snapshotter of our own that copies in Postgres's text format only. */
export async function startTextCopies(database: TestDatabase): Promise<JudgedPipeline> {
  const resources = new AsyncDisposableStack();
  const pipeline = resources.use(createPipeline({ source: database.url }));
  const store = await openStore(pipeline.lake);
  await pipeline.start(['replicate']).event('ready');
  resources.use(startSnapshotter({ database, store, format: 'text', log: silentLogger() }));
  const endpoint = await endpointOf(pipeline.start(['compact', '--sql-port', '0']));
  return {
    endpoint,
    settle: () => expectVerified(pipeline, {}, `${SCALE.timeoutMs / 1000}s`),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function endpointOf(process: Running): Promise<string> {
  return String((await process.event('ready'))['sql']);
}
