import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseSize } from '../../core/sections/units.ts';
import { SETTINGS } from '../../core/config.ts';
import { ROLES } from '../../core/setting.ts';
import * as keys from '../../lake/keys.ts';
import { ENVIRONMENTS, layeredSettings } from '../environment.ts';
import { lakeRights, matches } from './lake-rights.ts';

const read = (name: string): string => readFileSync(new URL(`aws/${name}`, import.meta.url), 'utf8');
const strings = (list: string): string[] => [...list.matchAll(/"([^"]+)"/g)].map(([, text = '']) => text);

const BASE = { tableId: '1_1', n: 1 };
const COPY = { tableId: '1_1', generation: 1 };
type KeyName = Exclude<Extract<keyof typeof keys, `${string}Key` | `${string}_KEY`>, `parse${string}`>;
/** One key of each kind. A new kind in lake/keys.ts is a type error here. */
const BY_NAME = {
  LAKE_KEY: keys.LAKE_KEY,
  SWEEP_CLOCK_KEY: keys.SWEEP_CLOCK_KEY,
  formatKey: keys.formatKey(1),
  epochKey: keys.epochKey(1),
  manifestKey: keys.manifestKey(1),
  pageKey: keys.pageKey(0),
  dataKey: keys.dataKey('1_1', 'ab', 1),
  engineProbeKey: keys.engineProbeKey('ab'),
  chunkDataKey: keys.chunkDataKey(COPY, 'ab', 1),
  planKey: keys.planKey(COPY),
  chunkKey: keys.chunkKey(COPY, 1),
  doneKey: keys.doneKey(COPY),
  schemaKey: keys.schemaKey('1_1', 'ab'),
  factsKey: keys.factsKey('ab'),
  factsIndexKey: keys.factsIndexKey('ab', 1),
  tableFactsKey: keys.tableFactsKey('1_1', 'ab-1'),
  controlKey: keys.controlKey('a'),
  storeProbeKey: keys.storeProbeKey('ab'),
  leaseKey: keys.leaseKey('w', 1),
  builderLeaseKey: keys.builderLeaseKey('w', 'models', 1),
  builderBeatKey: keys.builderBeatKey('w', 'models'),
  positionKey: keys.positionKey('w'),
  expiredKey: keys.expiredKey('w', 1),
  modelsKey: keys.modelsKey('w'),
  alertsKey: keys.alertsKey('w'),
  probeKey: keys.probeKey('w'),
  sweepKey: keys.sweepKey(1),
  pinKey: keys.pinKey('audit'),
  pauseKey: keys.pauseKey('compact', 1),
  baseChunkKey: keys.baseChunkKey(BASE, 1),
  baseRecordKey: keys.baseRecordKey(BASE, 'plan'),
  baseDataKey: keys.baseDataKey(BASE, 'ab', 1),
} satisfies Record<KeyName, string>;
const KEYS = Object.values(BY_NAME);

test('each role has rights, and each right is for keys that the lake has', () => {
  const found = lakeRights();
  expect(new Set(found.keys())).toEqual(new Set(ROLES));
  const patterns = [...found.values()].flatMap((of) => [...of.put, ...of.delete]);
  expect(patterns.length).toBeGreaterThan(20);
  expect(patterns.filter((pattern) => !KEYS.some((key) => matches(pattern, key)))).toEqual([]);
});

test('every key of the lake can be stored by some role, and the log by the replicator alone', () => {
  const found = lakeRights();
  const writers = (key: string): string[] =>
    [...found].filter(([, { put }]) => put.some((pattern) => matches(pattern, key))).map(([role]) => role);
  expect(KEYS.filter((key) => writers(key).length === 0)).toEqual([]);
  for (const key of [
    keys.LAKE_KEY,
    keys.formatKey(1),
    keys.epochKey(1),
    keys.manifestKey(1),
    keys.dataKey('1_1', 'ab', 1),
    keys.factsKey('ab'),
  ]) {
    expect([key, writers(key)]).toEqual([key, ['replicate']]);
  }
  expect(writers(keys.chunkDataKey(COPY, 'ab', 1))).toEqual(['snapshot']);
  expect(writers(keys.positionKey('w'))).toEqual(['compact']);
  expect(writers(keys.pageKey(0))).toEqual(['compact']);
  expect(writers(keys.baseRecordKey(BASE, 'plan'))).toEqual(['compact']);
});

test('only compact deletes a manifest, which a page has then; no role deletes a page, an epoch, a schema or the lake', () => {
  const rights = [...lakeRights()];
  const deleting = rights.filter(([, of]) => of.delete.some((pattern) => matches(pattern, keys.manifestKey(1))));
  expect(deleting.map(([role]) => role)).toEqual(['compact']);
  const deleted = rights.flatMap(([, of]) => of.delete);
  const kept = [keys.LAKE_KEY, keys.formatKey(1), keys.epochKey(1), keys.pageKey(0), keys.schemaKey('1_1', 'ab'), keys.positionKey('w')];
  expect(kept.filter((key) => deleted.some((pattern) => matches(pattern, key)))).toEqual([]);
});

test('the warehouse reads the files of rows and nothing else', () => {
  const reads = strings(/warehouse_reads = \[(.*?)\]/.exec(read('access.tf'))?.[1] ?? '');
  expect(reads).toEqual([`${keys.DATA_PREFIX}*`, `${keys.SNAPSHOT_PREFIX}*`, `${keys.BASE_PREFIX}*`]);
});

test('the bucket never expires what the lake names, and moves copies only', () => {
  const lake = read('lake.tf');
  expect([...lake.matchAll(/^\s+(\w*expiration) \{/gm)].map(([, name]) => name)).toEqual(['noncurrent_version_expiration']);
  const prefixes = [...lake.matchAll(/prefix = "\$\{local\.prefix\}(.*)"/g)].map(([, prefix]) => prefix);
  expect(prefixes).toEqual([keys.SNAPSHOT_PREFIX]);
});

test('each role gets the secrets that it reads, by the names of the product', () => {
  const [, table = ''] = /secret_readers = \{\n(.*?)\n {2}\}/s.exec(read('settings.tf')) ?? [];
  const readers = [...table.matchAll(/(TAILRACE_\w+)\s+= \[(.*)\]/g)].map(([, variable = '', roles = '']) => ({
    variable,
    roles: new Set(strings(roles)),
  }));
  expect(readers.length).toBeGreaterThan(4);
  for (const { variable, roles } of readers) {
    const setting = SETTINGS.find(({ environment }) => environment === variable);
    expect([variable, roles]).toEqual([variable, new Set(ROLES.filter((role) => setting?.readBy.includes(role)))]);
  }
});

test('settings become variables by the rule of the product', () => {
  expect(read('settings.tf')).toContain('"TAILRACE_${upper(replace(replace(key, ".", "_"), "/([A-Z])/", "_$1"))}"');
  const named = SETTINGS.map(
    ({ key }) =>
      `TAILRACE_${key
        .replaceAll('.', '_')
        .replaceAll(/([A-Z])/g, '_$1')
        .toUpperCase()}`,
  );
  expect(named).toEqual(SETTINGS.map(({ environment }) => environment));
});

test('Postgres drops the slot only after the alert of the WAL budget', async () => {
  const [, megabytes = ''] = /max_slot_wal_keep_size_mb" \{.*?default\s+= (\d+)/s.exec(read('variables.tf')) ?? [];
  for (const name of ENVIRONMENTS) {
    const settings = new Map((await layeredSettings(name)).flatMap(({ values }) => [...values]));
    const budget = parseSize(settings.get('source.walBudget') ?? '1B');
    expect(budget).toBeLessThan(Number(megabytes) * 2 ** 20);
  }
});

test('neither state nor values of variables are in the tree', () => {
  const files = globSync('aws/**/*', { cwd: import.meta.dirname });
  expect(files.length).toBeGreaterThan(7);
  expect(files.filter((name) => /tfstate|\.tfvars|\.terraform/.test(name))).toEqual([]);
});
