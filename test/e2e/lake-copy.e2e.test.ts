import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import { startS3Server } from '../support/servers/versitygw.ts';
import { expectVerified } from '../support/verified.ts';

const PORTS = ['--sql-port', '0', '--http-port', '0'];
const server = await startS3Server();
afterAll(() => server?.[Symbol.asyncDispose]());

describe.skipIf(server === null)('a lake that moves (needs versitygw or TEST_S3_ENDPOINT)', () => {
  test('goes on in a bucket, and back in a directory, with the same warehouse and no new copy', { timeout: 600_000 }, async () => {
    await using database = await createDatabase();
    await database.query('create table t (id int primary key); insert into t select generate_series(1, 500)');
    await using pipeline = createPipeline({ source: database.url });
    const environment = { ...server?.environment, TAILRACE_S3_PATH_STYLE: 'true' };
    const bucket = `s3://${server?.bucket}/${randomBytes(6).toString('hex')}`;
    const copied = async (to: string, from: readonly string[] = []): Promise<{ objects: number; manifests: number }> => {
      const { code, stdout, stderr } = await pipeline.cli(['lake', 'copy', to, '--json', ...from], environment);
      expect([code, stderr]).toEqual([0, '']);
      return JSON.parse(stdout);
    };
    {
      await using run = pipeline.start(['run', ...PORTS], environment);
      await run.event('live');
      // The source is written, and so is the lake, while it is copied.
      const writing = database.query('insert into t select generate_series(501, 1000)');
      await copied(bucket);
      await writing;
      await pipeline.cli(['await', '--now']);
      expect((await copied(bucket)).manifests).toBeGreaterThan(1);
      run.kill('SIGTERM');
      await run.ended();
    }
    const last = await copied(bucket);
    {
      await using run = pipeline.start(['run', '--lake', bucket, ...PORTS], environment);
      await run.event('live');
      await database.query('update t set id = -id where id % 2 = 0');
      await expectVerified(pipeline, { ...environment, TAILRACE_LAKE: bucket });
      run.kill('SIGTERM');
      await run.ended();
    }
    const home = path.join(pipeline.folder, 'home again');
    expect((await copied(home, ['--lake', bucket])).manifests).toBeGreaterThan(last.manifests);
    await using run = pipeline.start(['run', '--lake', home, ...PORTS], environment);
    await run.event('live');
    await database.query('delete from t where id > 0');
    await expectVerified(pipeline, { ...environment, TAILRACE_LAKE: home });
    // One copy of the table, in every place.
    expect((await pipeline.cli(['lake', 'ls', '--lake', home])).stdout).toContain('copies: 1\n');
    expect((await pipeline.cli(['lake', 'copy', home, '--lake', home])).stderr).toContain('which is the lake itself');
    // The copy has batches that the first lake lacks.
    expect((await pipeline.cli(['lake', 'copy', home])).stderr).toMatch(/BAD_ARGUMENT: .* of its own/);
  });
});
