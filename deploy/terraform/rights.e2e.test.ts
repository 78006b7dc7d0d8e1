import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ROLES } from '../../core/setting.ts';
import { createPipeline } from '../../test/support/pipeline.ts';
import { createDatabase } from '../../test/support/postgres.ts';
import { openDoor } from '../../test/support/servers/http-door.ts';
import { startS3Server, VERSITYGW_MISSING } from '../../test/support/servers/versitygw.ts';
import { lakeRights, matches } from './lake-rights.ts';

const PREFIX = '/lake/rights/';

/** Whether the policy of a role allows a request: everything may be read. */
function allowed(role: string): (method: string, url: string) => boolean {
  const rights = lakeRights().get(role) ?? { put: [], delete: [] };
  return (method, url) => {
    if (method === 'GET' || method === 'HEAD') return true;
    const key = decodeURIComponent(url.slice(PREFIX.length).replace(/\?.*$/, ''));
    return url.startsWith(PREFIX) && (method === 'DELETE' ? rights.delete : rights.put).some((pattern) => matches(pattern, key));
  };
}

test('a role may not store what is not its own, nor outside of the lake', () => {
  expect(allowed('monitor')('PUT', `${PREFIX}stream/00000000000000000001.json`)).toBe(false);
  expect(allowed('snapshot')('DELETE', `${PREFIX}snapshot/1_1/1/plan.json`)).toBe(false);
  expect(allowed('replicate')('PUT', '/lake/other/lake.json')).toBe(false);
});

test('every role does its work with the rights that Terraform gives it', { timeout: 400_000 }, async ({ skip }) => {
  await using s3 = (await startS3Server()) ?? skip(VERSITYGW_MISSING);
  await using database = await createDatabase();
  await database.query('create table seat (id int primary key); insert into seat select generate_series(1, 100)');
  const env = {
    ...s3.environment,
    TAILRACE_S3_PATH_STYLE: 'true',
    TAILRACE_REPLICATE_MAX_AGE: '200ms',
    TAILRACE_SOURCE_HEARTBEAT: '1s',
    TAILRACE_HTTP_PORT: '0',
  };
  await using pipeline = createPipeline({ source: database.url, lake: `s3:/${PREFIX.slice(0, -1)}`, env });
  const models = path.join(pipeline.folder, 'models');
  mkdirSync(path.join(models, 'marts'), { recursive: true });
  writeFileSync(path.join(models, 'marts', 'seats.sql'), 'SELECT count() AS seats FROM public.seat');

  await using doors = new AsyncDisposableStack();
  const endpointOf = new Map<string, string>();
  const denied: (() => string[])[] = [];
  for (const role of ROLES) {
    const door = doors.use(await openDoor(s3.endpoint, allowed(role)));
    endpointOf.set(role, door.endpoint);
    denied.push(() => door.denied().map((request) => `${role}: ${request}`));
  }
  const through = (role: string): Record<string, string> => ({ AWS_ENDPOINT_URL_S3: endpointOf.get(role) ?? '', TAILRACE_MODELS: models });
  const running = ROLES.map((role) => pipeline.start([role], { ...through(role), TAILRACE_SQL_PORT: '0' }));
  await Promise.all(running.map((role) => role.event('ready')));
  // People run these commands in the container of the monitor.
  const ask = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await pipeline.cli(args, through('monitor'));
    expect({ args, code, stderr: code === 0 ? '' : stderr, denied: denied.flatMap((of) => of()) }).toEqual({
      args,
      code: 0,
      stderr: '',
      denied: [],
    });
  };
  await database.query('update seat set id = id + 1000 where id < 50; truncate seat; insert into seat values (1)');
  await ask('await', '--now');
  await ask('verify');
  await ask('freeze', 'nightly');
  expect((await pipeline.cli(['transform', '--once'], through('transform'))).code).toBe(0);
  expect(denied.flatMap((of) => of())).toEqual([]);
});
