import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { scratch } from '../../test/support/scratch.ts';
import { S3Access } from './s3-access.ts';

const NAMES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE'];
const before = NAMES.map((name) => [name, process.env[name]] as const);
afterEach(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

/** A program of the machine that gives out keys which end after some seconds, each time others. */
async function issuer(folder: string, seconds: number): Promise<void> {
  const program = path.join(folder, 'issue.sh');
  await writeFile(
    program,
    `#!/bin/sh
echo x >> ${folder}/asked
printf '{"Version":1,"AccessKeyId":"key%s","SecretAccessKey":"s","SessionToken":"t","Expiration":"%s"}' \\
  "$(wc -l < ${folder}/asked | tr -d ' ')" "${new Date(Date.now() + seconds * 1000).toISOString()}"
`,
  );
  await chmod(program, 0o755);
  await writeFile(path.join(folder, 'config'), `[default]\nregion = us-east-1\ncredential_process = ${program}\n`);
  for (const name of NAMES) delete process.env[name];
  process.env['AWS_CONFIG_FILE'] = path.join(folder, 'config');
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = path.join(folder, 'none');
}

const place = { kind: 's3', endpoint: null, region: 'us-east-1', bucket: 'shop', prefix: '', pathStyle: false } as const;

test('keys that hold for an hour are asked for once', async () => {
  await using folder = await scratch();
  await issuer(folder.path, 3600);
  const access = new S3Access(place);
  for (let call = 0; call < 5; call += 1) expect((await access.credentials()).keyId).toBe('key1');
  expect(await readFile(path.join(folder.path, 'asked'), 'utf8')).toBe('x\n');
  access.close();
});

// This one comes last: the client may still ask in the background when the test has ended.
test('keys that end within five minutes are replaced while they still hold', async () => {
  await using folder = await scratch();
  await issuer(folder.path, 240);
  const access = new S3Access(place);
  expect(await access.credentials()).toEqual({ keyId: 'key1', secret: 's', token: 't' });
  const next = await eventually(async () => {
    const { keyId } = await access.credentials();
    return keyId === 'key1' ? undefined : keyId;
  }, 'other keys');
  expect(next).toBe('key2');
  access.close();
});
