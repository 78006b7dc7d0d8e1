import { describe, expect, test } from 'vitest';
import { requireSource, SETTINGS } from './config.ts';
import { parseGlobs } from './config-value.ts';
import { durationText, parseDuration, parseSize } from './sections/units.ts';
import { configEnvironment, resolveConfig } from './sections/resolve-config.ts';

const resolve = (flags: Record<string, string> = {}, environment: Record<string, string> = {}, file: Record<string, string> = {}) =>
  resolveConfig({ flags, environment, files: [{ path: 'base.yaml', values: new Map(Object.entries(file)) }] });

test('every setting has a default of its own type', () => {
  const { config, text } = resolve();
  expect(text).toEqual({});
  expect(config.lake).toBe('./tailrace-data/lake');
  expect(config.sla).toBe(1_800_000);
  expect(config['replicate.memory']).toBe(96 * 2 ** 20);
  expect(config.source).toBeUndefined();
  expect(config.sqlPort).toBeUndefined();
  expect(config.s3PathStyle).toBe(false);
});

test('a flag is stronger than the environment, which is stronger than the file', () => {
  const environment = { TAILRACE_SLA: '2m' };
  const file = { sla: '3m' };
  expect(resolve({ sla: '1m' }, environment, file).config.sla).toBe(60_000);
  expect(resolve({}, environment, file).config.sla).toBe(120_000);
  expect(resolve({}, {}, file).config.sla).toBe(180_000);
  expect(resolve({}, { TAILRACE_SLA: '' }, file).config.sla).toBe(180_000);
});

test('flags and environment names follow from the key', () => {
  expect(SETTINGS.find(({ key }) => key === 'replicate.maxAge')).toMatchObject({
    flag: 'replicate-max-age',
    environment: 'TAILRACE_REPLICATE_MAX_AGE',
  });
  expect(new Set(SETTINGS.map(({ environment }) => environment)).size).toBe(SETTINGS.length);
  expect(SETTINGS.filter(({ flag }) => flag === null).map(({ key }) => key)).toEqual([
    'freshness',
    'sqlToken',
    'sqlWriteToken',
    'table',
    'mask.salt',
    'export',
    'alert.webhook',
    'alert.smtp',
  ]);
});

test('the given settings can be passed on as environment', () => {
  const { text } = resolve({ 'replicate-memory': '1GiB' }, {}, { tables: 'public.*' });
  expect(configEnvironment(text)).toEqual({ TAILRACE_REPLICATE_MEMORY: '1GiB', TAILRACE_TABLES: 'public.*' });
  expect(resolve({}, configEnvironment(text)).config).toEqual(resolve({ 'replicate-memory': '1GiB' }, {}, { tables: 'public.*' }).config);
});

describe('a bad value is named with its key, its value and what is allowed', () => {
  test.each([
    [{ 'replicate-memory': 'plenty' }, {}, {}, /^BAD_CONFIG: replicate\.memory \(from --replicate-memory\) is "plenty"; allowed: a size/],
    [{}, { TAILRACE_SLA: '30' }, {}, /^BAD_CONFIG: sla \(from TAILRACE_SLA\) is "30"; allowed: a time/],
    [{}, {}, { onGap: 'hope' }, /^BAD_CONFIG: onGap \(from base\.yaml\) is "hope"; allowed: stop or resync/],
    [{ 'sql-port': '70000' }, {}, {}, /sqlPort .* is "70000"; allowed: a whole number from 0 to 65535/],
    [{ source: 'mysql://me:pass@host/db' }, {}, {}, /source .* is "mysql:\/\/me:\*\*\*@host\/db"; allowed: postgres:\/\//],
    [{ warehouse: 'ftp://x' }, {}, {}, /warehouse .* allowed: a directory or http/],
    [{ lake: 's3://' }, {}, {}, /lake .* allowed: a directory or s3/],
  ])('%j %j %j', (flags, environment, file, message) => {
    expect(() => resolve(flags, environment, file)).toThrow(message);
  });
});

test('a later file is stronger, key by key, and a structure counts as one key', () => {
  const files = [
    {
      path: 'base.yaml',
      values: new Map([
        ['sla', '3m'],
        ['replicate.memory', '1GiB'],
        ['freshness', '{"public.a":"1m"}'],
      ]),
    },
    {
      path: 'production.yaml',
      values: new Map([
        ['sla', '4m'],
        ['freshness', '{"public.b":"2m"}'],
      ]),
    },
  ];
  const { config, origins } = resolveConfig({ flags: {}, environment: {}, files });
  expect(config).toMatchObject({ sla: 240_000, 'replicate.memory': 2 ** 30, freshness: [{ glob: 'public.b', ms: 120_000 }] });
  expect(origins).toEqual({
    sla: { origin: 'file:production.yaml', place: 'production.yaml' },
    freshness: { origin: 'file:production.yaml', place: 'production.yaml' },
    'replicate.memory': { origin: 'file:base.yaml', place: 'base.yaml' },
  });
  expect(() =>
    resolveConfig({ flags: {}, environment: {}, files: [...files, { path: 'c.yaml', values: new Map([['sla', 'soon']]) }] }),
  ).toThrow(/^BAD_CONFIG: sla \(from c\.yaml\) is "soon"; allowed: a time/);
});

test('the environment of a child has the values, and no file that they are from', () => {
  const environment = { PATH: '/bin', TAILRACE_CONFIG: 'a.yaml', TAILRACE_SOURCE_FILE: '/run/secrets/source', TAILRACE_SLA: '1m' };
  expect(configEnvironment({ sla: '2m', source: 'postgres://h/db' }, environment)).toEqual({
    PATH: '/bin',
    TAILRACE_SLA: '2m',
    TAILRACE_SOURCE: 'postgres://h/db',
  });
});

test('an unknown key of the file is an error that names it', () => {
  expect(() => resolve({}, {}, { 'replicate.memroy': '1GiB' })).toThrow(
    /^BAD_CONFIG: "replicate\.memroy" \(value "1GiB"\) is not a setting; base\.yaml has it\. The settings are source, lake, /,
  );
});

describe('a value that looks like a URL', () => {
  const NEARLY = [
    `'http://me:hunter2@host:8123'`,
    `"http://me:hunter2@host:8123"`,
    ' http://me:hunter2@host:8123',
    'http://me:hunter2@host:8123 ',
    'http:/me:hunter2@host:8123',
    'http:me:hunter2@host:8123',
    'http//me:hunter2@host:8123',
    'HTTP://me:hunter2@host:8123',
    'clickhouse://me:hunter2@host:9000',
    'me:hunter2@host:8123',
    '//me:hunter2@host:8123',
    `s3://me:hunter2@host:8123'`,
    `'/data/me:hunter2@x'`,
    'host/?user=me&password=hunter2',
  ];

  test.each(NEARLY.flatMap((value) => ['TAILRACE_LAKE', 'TAILRACE_WAREHOUSE', 'TAILRACE_SOURCE'].map((name) => [name, value])))(
    'is a URL or is refused, and its password is not shown: %s=%s',
    (name = '', value = '') => {
      const refused = (() => {
        try {
          const { config } = resolve({}, { [name]: value });
          // For the lake this one is a URL, which the store refuses by name.
          return name === 'TAILRACE_LAKE' && config.lake.startsWith('s3://') ? 'BAD_CONFIG' : `taken: ${JSON.stringify(config)}`;
        } catch (error) {
          return String(error);
        }
      })();
      expect(refused).toContain('BAD_CONFIG');
      expect(refused).not.toContain('hunter2');
    },
  );

  test('is refused and masked in the file as well, also under an unknown key', () => {
    for (const key of ['lake', 'warehouse', 'source', 'warehuose'])
      expect(() => resolve({}, {}, { [key]: `'http://me:hunter2@host:8123'` })).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('hunter2') as string }) as Error,
      );
  });

  test.each(['./lake', '/data/env=prod/lake', 'C', 'my lake', './odd:name', '/srv/a@b', "o'brien/lake"])('%s is a folder', (folder) => {
    expect(resolve({}, { TAILRACE_LAKE: folder, TAILRACE_WAREHOUSE: folder }).config).toMatchObject({ lake: folder, warehouse: folder });
  });

  test.each(['http://host:8123', 'https://me:p%40ss@host:8443/', 'http://[::1]:8123'])('%s is a server', (server) => {
    expect(resolve({}, { TAILRACE_WAREHOUSE: server }).config.warehouse).toBe(server);
  });
});

test('a source that is not set is an error that says how to set it', () => {
  expect(() => requireSource(resolve().config)).toThrow(/^BAD_CONFIG: source is not set.*--source/);
});

test.each([
  ['64MiB', 67_108_864],
  ['1.5 KB', 1500],
  ['1GiB', 2 ** 30],
  ['64', null],
  ['0MiB', null],
  ['-1MiB', null],
  ['64mib', null],
])('size %s is %s bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each([
  ['500ms', 500],
  ['30m', 1_800_000],
  ['7d', 604_800_000],
  ['30', null],
  ['0s', null],
  ['soon', null],
])('duration %s is %s ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  [500, '500ms'],
  [90_000, '90s'],
  [60_000, '1m'],
  [172_800_000, '2d'],
])('%s ms are written as %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
  expect(parseDuration(text)).toBe(ms);
});

test('globs are divided at commas outside quotes', () => {
  expect(parseGlobs('public.*, "odd,one"."a ""b""" ,x.y')).toEqual(['public.*', '"odd,one"."a ""b"""', 'x.y']);
  expect(parseGlobs(' , ')).toBeNull();
});

const section = (value: unknown, salt = 'sixteen letters!') =>
  resolve({}, { TAILRACE_TABLE: JSON.stringify(value), TAILRACE_MASK_SALT: salt }).config;

describe('sections of tables', () => {
  test('are read with the columns that they exclude, and passed on unchanged', () => {
    const { config, text } = resolve(
      {},
      { TAILRACE_MASK_SALT: 'sixteen letters!' },
      { table: '{"public.users": {"exclude": ["pw"], "mask": {"mail": "sha256", "phone": null}, "where": "a = 1"}}' },
    );
    expect(config.table).toEqual([{ glob: 'public.users', exclude: ['pw'], mask: { mail: 'sha256', phone: 'null' }, where: 'a = 1' }]);
    expect(resolve({}, configEnvironment(text)).config).toEqual(config);
  });

  test.each([
    [{ 'public.users': { exlude: ['pw'] } }, /^BAD_CONFIG: table\.public\.users has "exlude"; allowed: exclude .* mask .* where/],
    [{ 'public.users': { exclude: 'pw' } }, /table\.public\.users\.exclude is "pw"; allowed: a list of columns/],
    [{ 'public.users': { mask: { mail: 'md5' } } }, /table\.public\.users\.mask\.mail is "md5"; allowed: sha256 or "null"/],
    [{ 'public.users': { where: ' ' } }, /table\.public\.users\.where is " "; allowed: a condition in SQL/],
    [
      { 'public.users': { exclude: ['pw'], mask: { pw: 'null' } } },
      /table\.public\.users both masks and excludes "pw"; keep one of the two/,
    ],
    [{ 'public.users': { history: '0d' } }, /table\.public\.users\.history is "0d"; allowed: a time such as 400d, or forever/],
    [{ users: {} }, /table holds "users"; allowed: globs over schema\.table/],
    [['public.users'], /table is \["public\.users"\]; allowed: a map/],
  ])('%j is refused with its key, its value and what is allowed', (value, message) => {
    expect(() => section(value)).toThrow(message);
  });

  test('need a salt for sha256, and a bad one is not shown', () => {
    expect(() => section({ 'public.users': { mask: { mail: 'sha256' } } }, '')).toThrow(
      /^BAD_CONFIG: mask\.salt is not set, but table\.public\.users\.mask uses sha256.*TAILRACE_MASK_SALT/,
    );
    expect(() => section({}, 'short')).toThrow(/mask\.salt \(from TAILRACE_MASK_SALT\) is "\*\*\*"; allowed: a text of at least 16/);
  });
});
