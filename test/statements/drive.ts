/**
 * Drives the product through everything that it does to a warehouse of one kind. Arguments: the
 * kind, and the URL of an empty database of Postgres.
 */
import { checkWarehouse } from '../../cli/check/check-warehouse.ts';
import { silentLogger } from '../../core/log.ts';
import type { LakeReading } from '../../core/sections/lake-reading.ts';
import { DirectoryStore } from '../../lake/store/directory-store.ts';
import { serveSql } from '../../warehouse/endpoint.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { openWarehouse } from '../../warehouse/open-engine.ts';
import { LakeWriter } from '../support/lake-writer.ts';
import { scratch } from '../support/scratch.ts';
import { startClickhouse } from '../support/servers/clickhouse-front.ts';
import { warehouseBench } from '../support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../support/warehouse/warehouse-bench.ts';
import { driveCompactor, driveReading, HISTORY } from './drive-compactor.ts';
import { driveReaders } from './drive-readers.ts';
import { driveTransformer } from './drive-transformer.ts';
import { driveVerifier } from './drive-verifier.ts';
import { driveWriter, WRITES } from './drive-writer.ts';
import { BUCKET_URL, lakeOnS3 } from './lake-on-s3.ts';
import { openRecordingDoor } from './recording-door.ts';
import type { ServerKind } from './recording-door.ts';

const [, , place = 'machine', postgres = ''] = process.argv;
const log = silentLogger();
const CHECKED = { s3PathStyle: false, 'warehouse.lakeAccess': { way: 'keys' }, 'warehouse.storagePolicy': 'default' } as const;
const LIMITS = { memoryBytes: 300_000_000, threads: 1 };

/** One more way in which a server of this kind reads the lake. */
interface OtherWay {
  readonly kind: ServerKind;
  readonly lakeReading: LakeReading;
}

/** A bench over a server of this kind, which reads a lake that says it is on S3. */
async function onServer(kind: ServerKind, lakeReading: LakeReading, others: readonly OtherWay[]): Promise<void> {
  await using folder = await scratch('statements');
  await using server = await startClickhouse();
  const store = lakeOnS3(new DirectoryStore(folder.path));
  const lake = await LakeWriter.open(store);
  const at = { server: server.url, lake: folder.path, lakeUrl: BUCKET_URL };
  for (const [n, other] of others.entries()) {
    await using door = await openRecordingDoor({ ...at, kind: other.kind });
    const engine = await openWarehouse({ uri: door.url, role: 'owner', log });
    await using bench = await warehouseBench({ lake, engine, lakeReading: other.lakeReading, storagePolicy: 'default', history: HISTORY });
    await driveReading(bench, BigInt(n + 1) * 10_000n);
  }
  await using door = await openRecordingDoor({ ...at, kind });
  const open = (role: 'owner' | 'reader' | 'builder'): Promise<Engine> =>
    openWarehouse({ uri: door.url, role, log, limits: LIMITS, parallel: 4 });
  await using bench = await warehouseBench({ lake, engine: await open('owner'), lakeReading, history: HISTORY });
  await drive(bench, open, BigInt(others.length + 1) * 10_000n);
  await checkWarehouse({ ...CHECKED, warehouse: door.url, lake: folder.path }, ['public'], log);
}

async function onMachine(): Promise<void> {
  await using home = await scratch('statements');
  await using folder = await scratch('state{ments');
  const lake = await LakeWriter.open(new DirectoryStore(folder.path));
  const open = (role: 'owner' | 'reader' | 'builder'): Promise<Engine> => openWarehouse({ uri: home.path, role, log, limits: LIMITS });
  const engine = await open('owner');
  const endpoint = await serveSql(engine, { port: 0, writes: WRITES });
  await using bench = await warehouseBench({ lake, engine, history: HISTORY });
  await drive(bench, open, 10n, () => driveWriter(endpoint.url));
  await endpoint.close();
}

async function drive(
  bench: WarehouseBench,
  open: (role: 'reader' | 'builder') => Promise<Engine>,
  lsn = 10n,
  write: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await driveCompactor(bench, lsn);
  await driveVerifier(bench.engine, postgres);
  await driveReaders(bench, await open('reader'));
  await write();
  await driveTransformer(bench, () => open('builder'));
}

const local = { cloud: false, local: true, isNew: true };
const cloud = { cloud: true, local: false, isNew: true };
const arn = 'arn:aws:iam::1:role/reader';
if (place === 'cloud') await onServer(cloud, { way: 'role', arn }, [{ kind: cloud, lakeReading: { way: 'server' } }]);
else if (place === 'server')
  await onServer(local, { way: 'keys' }, [
    { kind: { ...local, isNew: false }, lakeReading: { way: 'server' } },
    { kind: { ...local, local: false }, lakeReading: { way: 'send' } },
  ]);
else await onMachine();
