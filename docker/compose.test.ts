import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { scratch } from '../test/support/scratch.ts';

interface Service {
  readonly image?: string;
  readonly ports?: readonly string[];
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
}

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');
const compose: { services: Record<string, Service>; secrets: Record<string, { file: string }> } = parse(read('compose.yml'), {
  merge: true,
});
const services = Object.values(compose.services);

test('compose publishes ports on loopback only', () => {
  const ports = services.flatMap((service) => service.ports ?? []);
  expect(ports.length).toBeGreaterThan(4);
  expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
});

test('docker/secrets.sh makes every secret of compose, once, and git and images leave them out', async () => {
  await using folder = await scratch('secrets');
  cpSync(new URL('secrets.sh', import.meta.url), join(folder.path, 'secrets.sh'));
  const make = (): string[] => {
    execFileSync('sh', [join(folder.path, 'secrets.sh')]);
    return readdirSync(join(folder.path, 'secrets')).map((name) => readFileSync(join(folder.path, 'secrets', name), 'utf8'));
  };
  const made = make();
  expect(make()).toEqual(made);
  expect(readdirSync(join(folder.path, 'secrets')).map((name) => `./secrets/${name}`)).toEqual(
    Object.values(compose.secrets)
      .map(({ file }) => file)
      .toSorted(),
  );
  expect(statSync(join(folder.path, 'secrets')).mode & 0o777).toBe(0o700);
  expect(new Set(services.flatMap((service) => service.secrets ?? []))).toEqual(new Set(Object.keys(compose.secrets)));
  for (const ignore of ['../.gitignore', '../.dockerignore'])
    expect(
      read(ignore)
        .split('\n')
        .map((line) => line.replace(/\/$/, '')),
    ).toContain('docker/secrets');
});

test('every file that compose mounts is there', () => {
  const mounted = services.flatMap((service) => service.volumes ?? []).filter((volume) => volume.startsWith('.'));
  expect(mounted.length).toBeGreaterThan(4);
  for (const volume of mounted) expect(() => statSync(new URL(volume.split(':')[0] ?? '', new URL('./', import.meta.url)))).not.toThrow();
});
