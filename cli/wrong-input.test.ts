import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../test/support/scratch.ts';
import { PROGRAM } from '../test/support/servers/program.ts';

const NOWHERE = 'postgres://me:hunter2@127.0.0.1:1/shop';

function tailrace(cwd: string, args: readonly string[], env: Record<string, string> = {}) {
  const result = spawnSync(process.execPath, [PROGRAM, ...args], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...env },
    timeout: 120_000,
  });
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}

test.each([
  [['nonsense'], 2, /^BAD_ARGUMENT: there is no command "nonsense"\. /],
  [['--source', 'x'], 2, /^BAD_ARGUMENT: the command comes first, before --source\. /],
  [['status', '--jsno'], 2, /^BAD_ARGUMENT: status has no flag --jsno\. /],
  [['run', '--on-gap', 'hope'], 2, /^BAD_CONFIG: onGap \(from --on-gap\) is "hope"; allowed: stop or resync\. /],
  [['run', '--config', 'bad.yaml'], 2, /^BAD_CONFIG: "replicate\.memroy" \(value "1GiB"\) is not a setting; bad\.yaml has it\. /],
  [['run', '--config', 'missing.yaml'], 2, /^BAD_CONFIG: the config file "missing\.yaml" cannot be read\. /],
  [['status'], 2, /^BAD_CONFIG: source is not set; /],
  [['run'], 2, /^BAD_CONFIG: source is not set; /],
  [['status', '--source', NOWHERE], 2, /^LAKE_MISSING: /],
  [['check', '--source', NOWHERE], 2, /^SOURCE_UNREACHABLE: /],
  [['run', '--source', NOWHERE], 2, /^SOURCE_UNREACHABLE: /],
  [['check', '--source', "host=127.0.0.1 port=1 user=me password='hunter2 too'"], 2, /^SOURCE_UNREACHABLE: /],
  [['check', '--source', 'postgres://me:hunter2@127.0.0.1:1,localhost:1/shop'], 2, /^SOURCE_UNREACHABLE: none of 2 servers can be used: /],
  [['check', '--source', 'host=h password=my hunter2=1'], 2, /^BAD_ARGUMENT: the source has something after the password that is not /],
  [
    ['check', '--source', 'service=nowhere password=hunter2'],
    2,
    /^BAD_ARGUMENT: the service "nowhere" of the source is not defined in any file\. /,
  ],
  [['replicate', '--source', NOWHERE], 2, /^SOURCE_UNREACHABLE: /],
  [['snapshot', '--source', NOWHERE], 2, /^SOURCE_UNREACHABLE: /],
  [['monitor', '--source', NOWHERE], 2, /^SOURCE_UNREACHABLE: /],
  [['compact', '--lake', 'bad.yaml'], 1, /^LAKE_UNWRITABLE: /],
  [['run', '--source', NOWHERE, '--lake', './x', '--warehouse', 'x/'], 2, /^BAD_ARGUMENT: --lake and --warehouse are both .*\/x; /],
  [
    ['compact', '--lake', 's3://b/a?b'],
    2,
    /^BAD_ARGUMENT: --lake is "s3:\/\/b\/a\?b": a prefix with "\?", a character of ClickHouse patterns/,
  ],
  [['run', '--source', 'mysql://me:hunter2@host/db'], 2, /^BAD_CONFIG: source .* is "mysql:\/\/me:\*\*\*@host\/db"; /],
  [['run', '--source', 'mysql://me:a hunter2@host/db'], 2, /^BAD_CONFIG: source .* is "mysql:\/\/me:\*\*\*@host\/db"; /],
  [
    ['run', '--source', NOWHERE, '--warehouse', "'http://me:hunter2@host:1'"],
    2,
    /^BAD_CONFIG: warehouse .* is "'http:\/\/me:\*\*\*@host:1'"; allowed: a directory or /,
  ],
  [['compact', '--lake', "'s3://me:hunter2@bucket'"], 2, /^BAD_CONFIG: lake .* is "'s3:\/\/me:\*\*\*@bucket'"; allowed: /],
  [['compact', '--lake', 's3://me:hunter2@bucket'], 2, /^BAD_ARGUMENT: --lake is "s3:\/\/me:\*\*\*@bucket"/],
  [['run', '--config', 'secret.yaml'], 2, /^BAD_CONFIG: "password" \(value "\*\*\*"\) is not a setting; /],
  [
    ['compact', '--sql-host', '0.0.0.0'],
    2,
    /^BAD_CONFIG: sqlHost is 0\.0\.0\.0, which other machines can reach, but sqlToken is not set\. Set TAILRACE_SQL_TOKEN to a long random text, or leave sqlHost at its default\.\n$/,
  ],
  [
    ['sql', 'SELECT 1', '--warehouse', 'http://me:hunter2@db:8123'],
    2,
    /^BAD_CONFIG: warehouse \(from --warehouse\) is "http:\/\/me:\*\*\*@db:8123", which sends passwords and rows over the network unencrypted; allowed: https:\/\/, or http:\/\/ with warehouse\.plaintext\. Use https:\/\/, or set TAILRACE_WAREHOUSE_PLAINTEXT=true on a network that you trust\.\n$/,
  ],
  [['sql', 'SELECT 1', '--warehouse', 'http://127.9.9.9:1'], 2, /^WAREHOUSE_UNAVAILABLE: 127\.9\.9\.9:1 does not answer: ECONNREFUSED\. /],
  [['sql', 'SELECT 1', '--warehouse', 'http://[::1]:1'], 2, /^WAREHOUSE_UNAVAILABLE: \[::1\]:1 does not answer: /],
  [['sql', 'SELECT 1', '--warehouse', 'http://127.0.0.1.nip.invalid:1'], 2, /^BAD_CONFIG: warehouse /],
  [
    ['sql', 'SELECT 1', '--warehouse', 'http://nowhere.invalid:1', '--warehouse-plaintext'],
    2,
    /^WAREHOUSE_UNAVAILABLE: nowhere\.invalid:1 does not answer: /,
  ],
  [['await'], 2, /^BAD_ARGUMENT: await needs --lsn X\/Y, --now or --table NAME, and not both --lsn and --now\. /],
  [['await', '--lsn', 'soon', '--source', NOWHERE], 2, /^BAD_LSN: "soon" is not a WAL position\. /],
  [['resync'], 2, /^BAD_ARGUMENT: resync needs either table names or --all\. /],
  [['verify', '--sample', '1.5', '--source', NOWHERE], 2, /^BAD_ARGUMENT: --sample is "1\.5"; allowed: a part such as 1% /],
  [['verify', '--max-rate', 'slow', '--source', NOWHERE], 2, /^BAD_ARGUMENT: --max-rate is "slow"; allowed: /],
  [['verify', '--from', '1', '--source', NOWHERE], 2, /^BAD_ARGUMENT: --from and --to need exactly one table, but none was given/],
  [['lake', 'rm', '1'], 2, /^(LAKE_MISSING|BAD_ARGUMENT): /],
  [['sql', 'SELECT 1'], 2, /^NOT_RUNNING: there is no warehouse at /],
  [['demo', '--rows', 'many'], 2, /^BAD_ARGUMENT: --rows is "many"; allowed: a whole number /],
  [['demo', '--warehouse', NOWHERE], 2, /^BAD_ARGUMENT: demo has no flag --warehouse\. /],
] as const)('%j ends with one line and no secret', async (args, code, message) => {
  await using folder = await scratch();
  writeFileSync(path.join(folder.path, 'bad.yaml'), 'replicate: { memroy: 1GiB }\n');
  writeFileSync(path.join(folder.path, 'secret.yaml'), 'password: hunter2\n');
  const result = tailrace(folder.path, args);
  expect(result.stderr).toMatch(message);
  expect(result.stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(result.stderr).not.toContain('hunter2');
  expect(result).toMatchObject({ code, stdout: '' });
  expect(readdirSync(folder.path).filter((name) => name.includes('hunter2'))).toEqual([]);
});
