import { describe, expect, test } from 'vitest';
import { configEnvironment, requireSource, resolveConfig, SETTINGS } from './config.ts';
import { parseDuration, parseGlobs, parseSize } from './config-value.ts';

const resolve = (flags: Record<string, string> = {}, environment: Record<string, string> = {}, file: Record<string, string> = {}) =>
  resolveConfig({ flags, environment, file: new Map(Object.entries(file)) });

test('every setting has a default of its own type', () => {
  const { config, text } = resolve();
  expect(text).toEqual({});
  expect(config.lake).toBe('./tailrace-data/lake');
  expect(config.sla).toBe(1_800_000);
  expect(config['replicate.memory']).toBe(64 * 2 ** 20);
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
  expect(new Set(SETTINGS.map(({ flag }) => flag)).size).toBe(SETTINGS.length);
});

test('what was set can be handed on as environment', () => {
  const { text } = resolve({ 'replicate-memory': '1GiB' }, {}, { tables: 'public.*' });
  expect(configEnvironment(text)).toEqual({ TAILRACE_REPLICATE_MEMORY: '1GiB', TAILRACE_TABLES: 'public.*' });
  expect(resolve({}, configEnvironment(text)).config).toEqual(resolve({ 'replicate-memory': '1GiB' }, {}, { tables: 'public.*' }).config);
});

describe('a bad value is named with its key, its value and what is allowed', () => {
  test.each([
    [{ 'replicate-memory': 'plenty' }, {}, {}, /^BAD_CONFIG: replicate\.memory \(from --replicate-memory\) is "plenty"; allowed is a size/],
    [{}, { TAILRACE_SLA: '30' }, {}, /^BAD_CONFIG: sla \(from TAILRACE_SLA\) is "30"; allowed is a time/],
    [{}, {}, { onGap: 'hope' }, /^BAD_CONFIG: onGap \(from the file\) is "hope"; allowed is stop or resync/],
    [{ 'sql-port': '70000' }, {}, {}, /sqlPort .* is "70000"; allowed is a whole number from 0 to 65535/],
    [{ source: 'mysql://me:pass@host/db' }, {}, {}, /source .* is "mysql:\/\/me:\*\*\*@host\/db"; allowed is postgres:\/\//],
    [{ warehouse: 'ftp://x' }, {}, {}, /warehouse .* allowed is a directory or http/],
    [{ lake: 's3://' }, {}, {}, /lake .* allowed is a directory or s3/],
  ])('%j %j %j', (flags, environment, file, message) => {
    expect(() => resolve(flags, environment, file)).toThrow(message);
  });
});

test('an unknown key of the file is an error that names it', () => {
  expect(() => resolve({}, {}, { 'replicate.memroy': '1GiB' })).toThrow(
    /^BAD_CONFIG: "replicate\.memroy" \(value "1GiB"\) is not a setting/,
  );
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

test('globs are divided at commas outside quotes', () => {
  expect(parseGlobs('public.*, "odd,one"."a ""b""" ,x.y')).toEqual(['public.*', '"odd,one"."a ""b"""', 'x.y']);
  expect(parseGlobs(' , ')).toBeNull();
});
