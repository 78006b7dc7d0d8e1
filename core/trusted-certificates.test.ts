import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { trustedCertificates } from './trusted-certificates.ts';

const CA = path.join(import.meta.dirname, '../test/support/servers/tls/ca.pem');
const pem = readFileSync(CA, 'utf8');

test('whom AWS_CA_BUNDLE names is trusted besides all others', () => {
  const without = trustedCertificates({});
  expect(trustedCertificates({ AWS_CA_BUNDLE: CA })).toEqual([...without, pem]);
  expect(() => trustedCertificates({ AWS_CA_BUNDLE: '/no/such.pem' })).toThrow(/^BAD_CONFIG: the file "\/no\/such\.pem" of AWS_CA_BUNDLE/);
});

test('the authorities that NODE_EXTRA_CA_CERTS names are trusted', () => {
  const module = path.join(import.meta.dirname, 'trusted-certificates.ts');
  const script = `process.stdout.write((await import(process.argv[1])).trustedCertificates().join('\\n'))`;
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', script, module], {
    encoding: 'utf8',
    env: { ...process.env, NODE_EXTRA_CA_CERTS: CA },
    maxBuffer: 16 << 20,
  });
  expect(said.replaceAll('\n', '')).toContain(pem.trim().replaceAll('\n', ''));
});
