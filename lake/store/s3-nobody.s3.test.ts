import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { startS3Server, VERSITYGW_MISSING } from '../../test/support/servers/versitygw.ts';

const UNKNOWN_USER = 54_321;
const SCRIPT = `
  const { openStore } = await import(process.argv[1]);
  const store = await openStore('s3://' + process.argv[2] + '/nobody');
  process.stdout.write(await store.put('k', new Uint8Array(1)).catch((error) => error.message));
`;

test('a user without an entry in passwd and without HOME writes a lake on S3', async ({ skip }) => {
  const server = await startS3Server();
  if (server === null) return skip(VERSITYGW_MISSING);
  await using _server = server;
  if (process.getuid?.() !== 0) return skip('only root can become another user');
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', SCRIPT, path.join(import.meta.dirname, 'open-store.ts'), server.bucket],
    {
      uid: UNKNOWN_USER,
      gid: UNKNOWN_USER,
      cwd: '/',
      env: { PATH: process.env['PATH'], ...server.environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  expect(said).toBe('stored');
});
