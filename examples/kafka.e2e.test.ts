import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { freePort } from '../cli/demo/free-port.ts';
import { eventually } from '../test/support/eventually.ts';
import { createPipeline } from '../test/support/pipeline.ts';
import type { Pipeline } from '../test/support/pipeline.ts';
import { createDatabase } from '../test/support/postgres.ts';
import type { TestDatabase } from '../test/support/postgres.ts';
import { scratch } from '../test/support/scratch.ts';
import { PROGRAM } from '../test/support/servers/program.ts';

const run = promisify(execFile);

/** A folder with the jars of a broker in `libs` and the client in `node_modules`. */
const INSTALLED = process.env['TEST_KAFKA'];
const isThere = INSTALLED !== undefined && existsSync(path.join(INSTALLED, 'libs')) && existsSync(path.join(INSTALLED, 'node_modules'));

/** A broker with its controller in one process, in a folder. */
async function startBroker(folder: string): Promise<AsyncDisposable & { readonly brokers: string }> {
  const [port, controller] = [await freePort(), await freePort()];
  const settings = path.join(folder, 'server.properties');
  writeFileSync(
    settings,
    `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=${path.join(folder, 'log')}
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
`,
  );
  const java = ['-Xmx256m', '-cp', `${INSTALLED}/libs/*`];
  const cluster = randomBytes(16).toString('base64url');
  await run('java', [...java, 'kafka.tools.StorageTool', 'format', '-t', cluster, '-c', settings]);
  const broker = spawn('java', [...java, 'kafka.Kafka', settings], { stdio: 'ignore' });
  await eventually(() => answers(port), 'the broker');
  return {
    brokers: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      broker.kill('SIGKILL');
      await once(broker, 'exit');
    },
  };
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const answered = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(
    () => false,
  );
  socket.destroy();
  return answered;
}

/** The example beside its client, as somebody has it who installed it. */
function installExample(folder: string): string {
  const example = path.join(folder, 'example');
  mkdirSync(example);
  cpSync(path.join(import.meta.dirname, 'kafka'), example, { recursive: true });
  symlinkSync(path.join(INSTALLED ?? '', 'node_modules'), path.join(example, 'node_modules'));
  return example;
}

const byId = (all: readonly unknown[]) => all.map((row) => JSON.stringify(row)).toSorted();

async function nowAt(database: TestDatabase, pipeline: Pipeline): Promise<string> {
  expect(await pipeline.cli(['await', '--now', '--timeout', '120s'])).toMatchObject({ code: 0 });
  const [{ lsn } = { lsn: '' }] = await database.query<{ lsn: string }>('select pg_current_wal_lsn()::text as lsn');
  return lsn;
}

describe.skipIf(!isThere)('with Kafka (npm run test:kafka)', () => {
  test('a topic gets every change once, also when the producer is killed, and folds to the table; one that is ahead of its lake is refused', async () => {
    await using folder = await scratch('kafka');
    await using broker = await startBroker(folder.path);
    const example = installExample(folder.path);
    await using database = await createDatabase();
    await database.query(
      'create table orders (id int primary key, note text); insert into orders select g, $$a$$ from generate_series(1, 500) g',
    );
    await using pipeline = createPipeline({ source: database.url, env: { TAILRACE_SOURCE_HEARTBEAT: '1s' } });
    const roles = pipeline.start(['run', '--sql-port', '0', '--http-port', '0']);
    await roles.event('live');
    const environment = (lake: string) => ({
      ...process.env,
      KAFKA_BROKERS: broker.brokers,
      KAFKA_TOPIC: 'orders',
      TAILRACE: `${process.execPath} ${PROGRAM}`,
      TAILRACE_LAKE: lake,
    });
    const produce = (words: string[], lake = pipeline.lake) =>
      run(process.execPath, [path.join(example, 'produce.mjs'), ...words], { env: environment(lake) });
    const consumed = async (): Promise<unknown[]> => {
      const { stdout } = await run(process.execPath, [path.join(example, 'consume.mjs')], { env: environment(pipeline.lake) });
      return stdout.trim() === ''
        ? []
        : stdout
            .trim()
            .split('\n')
            .map((line) => (JSON.parse(line) as { row: unknown }).row);
    };
    const setBack = path.join(folder.path, 'earlier');
    await nowAt(database, pipeline);
    cpSync(pipeline.lake, setBack, { recursive: true });

    const killed: ChildProcess = spawn(process.execPath, [path.join(example, 'produce.mjs')], {
      env: environment(pipeline.lake),
      stdio: 'ignore',
    });
    await eventually(async () => (await consumed().catch(() => [])).length > 0, 'rows in the topic');
    await database.query('update orders set note = $$b$$ where id % 2 = 0; delete from orders where id < 10');
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    await database.query('update orders set id = id + 1000 where id % 3 = 0');
    await produce(['--to', await nowAt(database, pipeline)]);
    const rows = await database.query('select id, note from orders');
    expect(byId(await consumed())).toEqual(byId(rows));
    await produce(['--to', await nowAt(database, pipeline)]);
    expect(byId(await consumed())).toEqual(byId(rows));
    await expect(produce([], setBack)).rejects.toThrow(/TOPIC_AHEAD: topic orders has changes up to .* and the lake ends at/);
  });
});
