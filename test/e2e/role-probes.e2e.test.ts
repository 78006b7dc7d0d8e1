import { expect, test } from 'vitest';
import { freePort } from '../../cli/demo/free-port.ts';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';

/** Status and body of a probe; null while nobody listens. */
async function probe(port: string, path: string): Promise<readonly [number, string] | null> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'GET' }).catch(() => null);
  return response === null ? null : [response.status, await response.text()];
}

const ready = async (port: string): Promise<boolean> => (await probe(port, '/readyz'))?.[0] === 200;

test('a role that runs alone has probes of its own, and under run only the monitor listens', { timeout: 300_000 }, async () => {
  await using database = await createDatabase();
  await database.query('create table seat (id int primary key); insert into seat select generate_series(1, 10)');
  await using pipeline = createPipeline({ source: database.url });
  const [replicate, snapshot, compact, standby, page] = [
    String(await freePort()),
    String(await freePort()),
    String(await freePort()),
    String(await freePort()),
    String(await freePort()),
  ];
  const first = pipeline.start(['replicate', '--http-port', replicate]);
  await eventually(() => ready(replicate), 'the replicator is ready');
  const roles = [
    first,
    pipeline.start(['snapshot', '--http-port', snapshot]),
    pipeline.start(['compact', '--sql-port', '0', '--http-port', compact]),
  ];
  for (const port of [snapshot, compact]) await eventually(() => ready(port), 'the role is ready');
  for (const port of [replicate, snapshot, compact]) {
    expect(await probe(port, '/healthz')).toEqual([200, 'ok\n']);
    expect(await probe(port, '/readyz')).toEqual([200, 'ok\n']);
    expect(await probe(port, '/status')).toEqual([404, '']);
  }
  const second = pipeline.start(['replicate', '--http-port', standby]);
  await eventually(() => second.stderr().includes('SLOT_IN_USE'), 'the second replicator stands by');
  expect([await probe(standby, '/healthz'), await probe(standby, '/readyz')]).toEqual([
    [200, 'ok\n'],
    [503, ''],
  ]);
  const taken = await pipeline.cli(['snapshot', '--http-port', standby]);
  expect(taken.stderr).toMatch(new RegExp(`^PORT_IN_USE: cannot listen on 127\\.0\\.0\\.1:${standby} \\(EADDRINUSE\\)`, 'm'));
  for (const role of [...roles, second]) role.kill('SIGTERM');
  expect(await Promise.all([...roles, second].map(async (role) => (await role.ended()).code))).toEqual([0, 0, 0, 0]);

  const run = pipeline.start(['run', '--sql-port', '0', '--http-port', page]);
  expect((await run.event('ready'))['page']).toBe(`http://127.0.0.1:${page}/`);
});
