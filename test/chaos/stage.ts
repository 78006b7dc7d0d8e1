import { createPipeline, type Pipeline } from '../support/pipeline.ts';
import type { PostgresServer, TestDatabase } from '../support/postgres.ts';
import { scratch } from '../support/scratch.ts';
import { startProxy, type TcpProxy } from '../support/servers/tcp-proxy.ts';
import { steppingClock, type SteppingClock } from '../support/stepping-clock.ts';
import type { World } from '../world/world.ts';
import { Crew } from './crew.ts';
import { needsOf } from './needs.ts';
import { Spells } from './spells.ts';
import { createSteadyDatabase } from './steady-database.ts';

/** Where an ordeal takes place: the product, its surroundings, and what can be done to them. */
export interface Stage extends AsyncDisposable {
  readonly server: Pick<PostgresServer, 'stop' | 'start'>;
  /** The source, past all faults of the network. */
  readonly database: TestDatabase;
  /** Between the product and the source. */
  readonly network: TcpProxy;
  readonly pipeline: Pipeline;
  readonly crew: Crew;
  readonly spells: Spells;
  /** The wall clock of the roles; null unless the ordeal steps it. */
  readonly clock: SteppingClock | null;
}

/** Sets up what the ordeal's faults need, and no more. */
export async function openStage(world: World, server: PostgresServer): Promise<Stage> {
  await using resources = new AsyncDisposableStack();
  const needs = needsOf(world);
  const database = resources.use(await createSteadyDatabase(server));
  const network = resources.use(await startProxy(server.port));
  const source = new URL(database.url);
  source.port = String(network.port);
  const pipeline = resources.use(createPipeline({ source: source.href, env: { TAILRACE_LOG_LEVEL: 'warn', ...world.settings } }));
  const folder = resources.use(await scratch('tailrace-ordeal'));
  const clock = needs.has('clock') ? steppingClock(folder.path) : null;
  const crew = resources.use(new Crew(pipeline, { ...clock?.environment }));
  const spells = new Spells();
  resources.defer(() => spells.calm());
  const all = resources.move();
  return { server, database, network, pipeline, crew, spells, clock, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
