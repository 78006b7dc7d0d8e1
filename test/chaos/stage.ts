import { randomBytes } from 'node:crypto';
import { createPipeline, type Pipeline } from '../support/pipeline.ts';
import type { PostgresServer, TestDatabase } from '../support/postgres.ts';
import { scratch } from '../support/scratch.ts';
import { limitedDisk, type LimitedDisk } from '../support/servers/limited-disk.ts';
import { startS3FaultProxy, type S3FaultProxy } from '../support/servers/s3-fault-proxy.ts';
import { startProxy, type TcpProxy } from '../support/servers/tcp-proxy.ts';
import type { S3Server } from '../support/servers/versitygw.ts';
import { steppingClock, type SteppingClock } from '../support/stepping-clock.ts';
import type { World } from '../world/world.ts';
import { Crew } from './crew.ts';
import { hasMarts, writeModels } from './marts.ts';
import { needsOf } from './needs.ts';
import { type Place, PLACES } from './space-faults.ts';
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
  /** Between the product and S3; null unless the lake is there. */
  readonly store: S3FaultProxy | null;
  /** Disks of their own, where the ordeal fills them. */
  readonly disks: ReadonlyMap<Place, LimitedDisk>;
}

/** Servers that ordeals share. */
export interface Servers {
  readonly postgres: PostgresServer;
  readonly s3: S3Server | null;
}

/** Sets up what the ordeal's faults need, and no more. */
export async function openStage(world: World, { postgres, s3 }: Servers): Promise<Stage> {
  await using resources = new AsyncDisposableStack();
  const needs = needsOf(world);
  const database = resources.use(await createSteadyDatabase(postgres));
  const network = resources.use(await startProxy(postgres.port));
  const source = new URL(database.url);
  source.port = String(network.port);
  const store = needs.has('s3') && s3 !== null ? resources.use(await startS3FaultProxy(s3.endpoint)) : null;
  const pipeline = resources.use(
    createPipeline({
      source: source.href,
      ...(store === null ? {} : { lake: `s3://${s3?.bucket}/${randomBytes(6).toString('hex')}` }),
      env: { TAILRACE_LOG_LEVEL: 'warn', ...world.settings, ...(store === null ? {} : { AWS_ENDPOINT_URL_S3: store.endpoint }) },
    }),
  );
  if (hasMarts(world)) writeModels(pipeline.folder);
  const disks = new Map<Place, LimitedDisk>();
  for (const place of needs.has('space') ? PLACES : []) {
    const disk = store !== null && place === 'lake' ? null : limitedDisk(pipeline[place]);
    if (disk !== null) disks.set(place, resources.use(disk));
  }
  const folder = resources.use(await scratch('tailrace-ordeal'));
  const clock = needs.has('clock') ? steppingClock(folder.path) : null;
  const crew = resources.use(new Crew(pipeline, { env: { ...clock?.environment }, models: hasMarts(world) }));
  const spells = new Spells();
  resources.defer(() => spells.calm());
  const all = resources.move();
  return {
    server: postgres,
    database,
    network,
    pipeline,
    crew,
    spells,
    clock,
    store,
    disks,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
