import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { scratch } from '../test/support/scratch.ts';

interface Service {
  readonly image: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');
const compose: { services: Record<string, Service> } = parse(read('compose.yml'), { merge: true });
const services = Object.values(compose.services);
/** Files that something reads below /run/secrets. */
const secretsIn = (text: string): string[] => [...text.matchAll(/\/run\/secrets\/(\w+)/g)].map(([, name = '']) => name);

/** Folders of the container `secrets`: what is given, what our image sees, what others see. */
async function threeFolders(): Promise<AsyncDisposable & { readonly paths: readonly string[] }> {
  const folder = await scratch('secrets');
  const paths = ['given', 'ours', 'servers'].map((name) => join(folder.path, name));
  for (const made of paths) mkdirSync(made);
  return { paths, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

/** Runs docker/secrets.sh on folders; resolves with what each holds then. */
function makeSecrets(folders: readonly string[]): Record<string, string>[] {
  execFileSync('sh', [fileURLToPath(new URL('secrets.sh', import.meta.url)), ...folders]);
  return folders.map((folder) =>
    Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8').trim()])),
  );
}

test('compose publishes ports on loopback only', () => {
  const ports = services.flatMap((service) => service.ports ?? []);
  expect(ports.length).toBeGreaterThan(4);
  expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
});

test('docker/secrets.sh makes every file that a service reads, and images of others see only theirs', async () => {
  await using folders = await threeFolders();
  const [, ours = {}, servers = {}] = makeSecrets(folders.paths);
  const readers = Object.entries(compose.services).map(([name, { image, volumes = [], depends_on = {} }]) => ({
    name,
    isOurs: image.startsWith('${TAILRACE_IMAGE'),
    files: secretsIn(JSON.stringify(compose.services[name]) + (name === 'prometheus' ? read('prometheus/prometheus.yml') : '')),
    mounts: volumes.filter((volume) => volume.endsWith(':/run/secrets:ro')),
    waits: depends_on['secrets']?.condition === 'service_completed_successfully',
  }));
  const others = readers.filter(({ isOurs, files }) => !isOurs && files.length > 0);
  expect(others.map(({ name }) => name)).toEqual(['postgres', 'lake', 'clickhouse', 'prometheus', 'grafana']);
  for (const { mounts, waits } of others) expect({ mounts, waits }).toEqual({ mounts: ['server-secrets:/run/secrets:ro'], waits: true });
  expect(new Set(Object.keys(servers))).toEqual(new Set(others.flatMap(({ files }) => files)));

  for (const { isOurs, name, files, mounts } of readers)
    if (isOurs && name !== 'secrets') expect([name, mounts]).toEqual([name, files.length > 0 ? ['secrets:/run/secrets:ro'] : []]);
  const named = [...readers.flatMap(({ files }) => files), ...secretsIn(read('server.env'))];
  expect(new Set(Object.keys(ours))).toEqual(new Set(named));
});

test('docker/secrets.sh keeps what it made, and takes what is given', async () => {
  await using folders = await threeFolders();
  const made = makeSecrets(folders.paths);
  expect(makeSecrets(folders.paths)).toEqual(made);

  const [given = ''] = folders.paths;
  writeFileSync(join(given, 'postgres_password'), 'of mine\n');
  writeFileSync(join(given, 'warehouse_url'), 'https://my.server:8443\n');
  const [, ours, servers] = made;
  expect(makeSecrets(folders.paths)).toEqual([
    { postgres_password: 'of mine', warehouse_url: 'https://my.server:8443' },
    {
      ...ours,
      postgres_password: 'of mine',
      source_url: 'postgres://postgres:of mine@postgres:5432/shop',
      warehouse_url: 'https://my.server:8443',
    },
    { ...servers, postgres_password: 'of mine' },
  ]);
});

test('docker/secrets.sh alone makes them beside itself, where others cannot enter and git and images do not look', async () => {
  await using folder = await scratch('secrets');
  cpSync(new URL('secrets.sh', import.meta.url), join(folder.path, 'secrets.sh'));
  execFileSync('sh', [join(folder.path, 'secrets.sh')]);
  expect(readdirSync(join(folder.path, 'secrets'))).toContain('source_url');
  expect(statSync(join(folder.path, 'secrets')).mode & 0o777).toBe(0o700);
  expect(read('../.gitignore').split('\n')).toContain('docker/secrets/*');
  expect(read('../.dockerignore').split('\n')).toContain('docker/secrets');
});

test('every file that compose mounts is there', () => {
  const mounted = services.flatMap((service) => service.volumes ?? []).filter((volume) => volume.startsWith('.'));
  expect(mounted.length).toBeGreaterThan(4);
  for (const volume of mounted) expect(() => statSync(new URL(volume.split(':')[0] ?? '', new URL('./', import.meta.url)))).not.toThrow();
});
