import { expect, test } from 'vitest';
import { silentLogger } from '../core/log.ts';
import { scratch } from '../test/support/scratch.ts';
import { EmbeddedEngine } from './embedded-engine.ts';
import type { Engine } from './engine.ts';
import { placeOf, requirePolicy, settingsClause, TABLE_SETTINGS } from './place.ts';

interface Said {
  readonly version?: string;
  readonly cloud?: string;
  readonly settings?: readonly string[];
  readonly tableSettings?: readonly string[];
  readonly localPolicies?: readonly string[];
  readonly policies?: readonly string[];
}

/** A server that says this of itself. */
function server({ version = '25.8.1.5101', ...said }: Said): { engine: Pick<Engine, 'query'>; asked: string[] } {
  const asked: string[] = [];
  const answer = {
    cloud: '0',
    settings: [],
    tableSettings: ['fsync_after_insert', 'allow_nullable_key'],
    localPolicies: ['default'],
    policies: ['default'],
    ...said,
  };
  const query = (<T extends object>(sql: string): Promise<T[]> => {
    asked.push(sql);
    return Promise.resolve([sql.includes('version()') ? { version } : answer] as unknown as T[]);
  }) satisfies Engine['query'];
  return { engine: { query }, asked };
}

test('the embedded engine is one machine that knows every setting of our tables', async () => {
  await using folder = await scratch();
  await using engine = await EmbeddedEngine.open({ directory: `${folder.path}/warehouse`, log: silentLogger() });
  const place = await placeOf(engine);
  expect(place.cloud).toBe(false);
  expect(place.version).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  for (const wanted of Object.values(TABLE_SETTINGS)) {
    const sent = Object.entries(wanted).map(([name, value]) => `${name} = ${value}`);
    expect(place.tableSettings(wanted)).toBe(sent.join(', '));
  }
});

test.each(['24.12.3.47', '25.7.1.3997', '23.8.16.40'])('version %s is refused, with both versions', async (version) => {
  const { engine, asked } = server({ version });
  await expect(placeOf(engine)).rejects.toThrow(
    `WAREHOUSE_TOO_OLD: the warehouse is ClickHouse ${version}, and tailrace needs 25.8 or later. Upgrade the server of --warehouse.`,
  );
  expect(asked).toHaveLength(1);
});

test.each(['25.8.1.5101', '25.10.2.1', '26.3.1.1', '100.1.1.1'])('version %s is taken, and a server is asked once', async (version) => {
  const { engine, asked } = server({ version });
  expect((await placeOf(engine)).version).toBe(version);
  await placeOf(engine);
  expect(asked).toHaveLength(2);
});

test('a table gets the settings that the server knows and lets us set', async () => {
  const { engine } = server({});
  expect(await settingsClause(engine, TABLE_SETTINGS.storage)).toBe('SETTINGS allow_nullable_key = 1, fsync_after_insert = 1');
  expect(await settingsClause(engine, TABLE_SETTINGS.clone)).toBe('');
});

test.each([
  ['ClickHouse Cloud', { cloud: '1' }],
  ['a default policy with a disk that is not local', { localPolicies: ['nvme'] }],
])('%s gets no fsync', async (_what, said) => {
  const { engine } = server(said);
  expect(await settingsClause(engine, TABLE_SETTINGS.storage)).toBe('SETTINGS allow_nullable_key = 1');
  expect(await settingsClause(engine, TABLE_SETTINGS.state)).toBe('');
});

test('a table on a policy of its own gets fsync when its disks are local', async () => {
  const { engine } = server({ localPolicies: ['nvme'] });
  expect((await placeOf(engine)).tableSettings(TABLE_SETTINGS.state, 'nvme')).toBe("fsync_after_insert = 1, storage_policy = 'nvme'");
});

test('a storage policy that the server does not have is refused by name', async () => {
  const { engine } = server({ policies: ['default', 'tiered'] });
  await requirePolicy(engine, null);
  await requirePolicy(engine, 'tiered');
  await expect(requirePolicy(engine, 'tierd')).rejects.toThrow(
    'BAD_CONFIG: warehouse.storagePolicy is "tierd", and the warehouse has the storage policies default, tiered',
  );
});

test('a server that did not answer is asked again', async () => {
  const { engine } = server({});
  let away = true;
  const flaky = { query: <T extends object>(sql: string) => (away ? Promise.reject<T[]>(new Error('away')) : engine.query<T>(sql)) };
  await expect(placeOf(flaky)).rejects.toThrow('away');
  away = false;
  expect((await placeOf(flaky)).cloud).toBe(false);
});
