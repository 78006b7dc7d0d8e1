import { expect, test } from 'vitest';
import { parseConfigFile } from './config-file.ts';

test('nested keys are keys with dots, lists have commas', async () => {
  const text =
    'source: postgres://localhost/shop\nsource.heartbeat: 5s\nreplicate:\n  memory: 128MiB\ntables: [public.*, billing.invoice]\nsqlPort: 0\ns3PathStyle: true\n';
  expect(Object.fromEntries(await parseConfigFile('x.yaml', text))).toEqual({
    source: 'postgres://localhost/shop',
    'source.heartbeat': '5s',
    'replicate.memory': '128MiB',
    tables: 'public.*,billing.invoice',
    sqlPort: '0',
    s3PathStyle: 'true',
  });
});

test('sections of tables are kept whole, with any character in their names', async () => {
  const text = 'table:\n  public.users: { exclude: [pw], mask: { mail: sha256, phone: null } }\nmask:\n  salt: sixteen letters!\n';
  expect(Object.fromEntries(await parseConfigFile('x.yaml', text))).toEqual({
    table: '{"public.users":{"exclude":["pw"],"mask":{"mail":"sha256","phone":null}}}',
    'mask.salt': 'sixteen letters!',
  });
});

test('an empty file sets nothing', async () => {
  expect((await parseConfigFile('x.yaml', '# nothing\n')).size).toBe(0);
});

test.each([
  ['a: [1', /^BAD_CONFIG: x\.yaml is not valid YAML at line 1/],
  ['just words', /^BAD_CONFIG: x\.yaml is "just words"/],
])('%j is refused with its place', async (text, message) => {
  await expect(parseConfigFile('x.yaml', text)).rejects.toThrow(message);
});
