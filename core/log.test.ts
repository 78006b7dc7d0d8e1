import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

const SPEAKS = `
import { createLogger } from '${new URL('./log.ts', import.meta.url).href}';
const log = createLogger({ level: 'debug', role: 'test' });
const url = 'postgres://app:hunter2@db/shop';
log.warn({ error: new Error('no way to ' + url), password: 'hunter2', options: { secret: 'hunter2', token: 'hunter2' } }, 'to ' + url);
log.error({ error: url, stack: 'Error: ' + url + ' password=hunter2' }, 'role ended');
`;

test('no secret reaches the log: not by key, not in a text, not in an error or its stack', () => {
  const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', SPEAKS], { encoding: 'utf8' });
  expect(status).toBe(0);
  expect(stderr.trim().split('\n')).toHaveLength(2);
  expect(stderr).toContain('postgres://app:***@db/shop');
  expect(stderr).not.toContain('hunter2');
});
