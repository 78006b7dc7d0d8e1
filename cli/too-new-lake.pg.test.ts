import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { settingsOf } from '../core/config.ts';
import type { CommandName } from '../core/setting.ts';
import { formatKey } from '../lake/keys.ts';
import { createPipeline } from '../test/support/pipeline.ts';
import { createDatabase } from '../test/support/postgres.ts';
import { COMMANDS } from './commands/all.ts';

/** What a command is given so that it would work. */
const WORDS: Partial<Record<CommandName, readonly string[]>> = {
  alert: ['test'],
  await: ['--now'],
  export: ['public.t', '--to', './out'],
  freeze: ['monday'],
  lake: ['ls'],
  models: ['--models', './models'],
  pause: ['--role', 'compact'],
  resume: ['public.t'],
  resync: ['public.t'],
  schema: ['ls'],
  sql: ['SELECT 1'],
  tap: ['--from', 'start'],
  test: ['--models', './models'],
  transform: ['--models', './models'],
  watch: ['SELECT 1'],
};

/** They have the place of a lake among their settings and do not open it. */
const WITHOUT: readonly CommandName[] = ['config'];

/** They run until they are stopped, and need a person now. */
const ROLES: readonly CommandName[] = ['run', 'replicate', 'snapshot', 'compact', 'transform', 'monitor'];

test('every command refuses a lake with a feature that it does not know, and says which version knows it', async () => {
  await using database = await createDatabase();
  await using pipeline = createPipeline({ source: database.url });
  await mkdir(path.join(pipeline.lake, 'format'), { recursive: true });
  await mkdir(path.join(pipeline.folder, 'models'));
  const source = { systemId: '1', database: 'shop' };
  await writeFile(path.join(pipeline.lake, 'lake.json'), JSON.stringify({ id: 'a'.repeat(32), format: 2, source }));
  const features = [{ name: 'later', since: '9.1.0' }];
  await writeFile(path.join(pipeline.lake, formatKey(1)), JSON.stringify({ number: 1, features, at: 'now' }));

  const names = COMMANDS.map(({ name }) => name).filter(
    (name) => settingsOf(name).some(({ key }) => key === 'lake') && !WITHOUT.includes(name),
  );
  expect(names.length).toBeGreaterThan(18);
  const answers = names.map(async (name) => {
    const { code, stdout, stderr } = await pipeline.cli([name, ...(WORDS[name] ?? [])], { TAILRACE_LOG_LEVEL: 'error' });
    return [name, code, (stdout + stderr).trim().split('\n').at(-1)];
  });
  const said = 'LAKE_TOO_NEW: the lake has "later", which this version does not know. Use tailrace 9.1.0 or newer with this lake.';
  expect(await Promise.all(answers)).toEqual(names.map((name) => [name, ROLES.includes(name) ? 1 : 2, said]));
});
