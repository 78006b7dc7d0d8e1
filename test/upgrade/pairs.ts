import pg from 'pg';
import type { PostgresServer } from '../../cli/demo/postgres-server.ts';
import { FEATURES } from '../../lake/format/format.ts';
import type { UpgradeReport } from '../../lake/format/upgrade-lake.ts';
import { type Pipeline, type Running, createPipeline } from '../support/pipeline.ts';
import { answerOf } from './answer-of.ts';
import { CHANGES, FIRST_ROWS } from './small-world.ts';

const ROLES = ['replicate', 'snapshot', 'compact'] as const;
type Role = (typeof ROLES)[number];
type Age = 'old' | 'new';

/** Which version plays each role. */
export type Cast = Readonly<Record<Role, Age>>;

const AGES: readonly Age[] = ['old', 'new'];

/** All eight. */
export const CASTS: readonly Cast[] = AGES.flatMap((replicate) =>
  AGES.flatMap((snapshot) => AGES.map((compact) => ({ replicate, snapshot, compact }))),
);

/** `old-new-old`: replicate, snapshot, compact. */
export function castName(cast: Cast): string {
  return ROLES.map((role) => cast[role]).join('-');
}

/** A table that is there only while both versions work, so that one of them has to copy it. */
const LATE = `create table late (id int primary key, n numeric); insert into late select i, i * 0.5 from generate_series(1, 500) i`;

const PATIENCE = ['--timeout', '180s'];

/**
 * Plays one cast on a lake and a warehouse that the old version has made. Everything must be
 * applied and equal, by the new `verify`. Then `lake upgrade` must refuse because of an old
 * replicator or compactor, or turn on the features, after which an old snapshotter has to end.
 */
export async function playCast(cast: Cast, server: PostgresServer, oldBin: string): Promise<string> {
  const database = `pair_${castName(cast).replaceAll('-', '_')}`;
  const root = new pg.Client({ connectionString: server.url });
  await root.connect();
  await root.query(`create database ${database}`);
  await root.end();
  const source = new URL(server.url);
  source.pathname = `/${database}`;
  const client = new pg.Client({ connectionString: source.href });
  await client.connect();
  try {
    await client.query(FIRST_ROWS);
    await using old = createPipeline({ source: source.href, bin: oldBin });
    await using now = createPipeline({ source: source.href, lake: old.lake, warehouse: old.warehouse });
    await makeByOld(old);
    const roles = new Map(ROLES.map((role) => [role, start({ old, new: now }[cast[role]], role)]));
    await Promise.all([...roles.values()].map((running) => running.event('ready')));
    for (const change of [...CHANGES, LATE]) await client.query(change);
    const equal = await verified(now);
    const upgrade = await upgraded(now, cast);
    if (upgrade === 'turned on') {
      if (cast.snapshot === 'old') await endsTooNew(roles.get('snapshot'));
      await client.query(`update late set n = n + 1; insert into orders values (7000, 'last', 1, 'n', 1)`);
      await verified(now);
    }
    for (const [role, running] of roles) await stop(role, running);
    return `${equal}; upgrade ${upgrade}`;
  } finally {
    await client.end();
  }
}

async function makeByOld(old: Pipeline): Promise<void> {
  const running = old.start(['run', '--sql-port', '0', '--http-port', '0']);
  await running.event('ready');
  await answerOf(old, ['await', '--now', ...PATIENCE]);
  await stop('run', running);
}

function start(pipeline: Pipeline, role: Role): Running {
  return pipeline.start(role === 'compact' ? [role, '--sql-port', '0'] : [role]);
}

async function stop(name: string, running: Running): Promise<void> {
  running.kill('SIGTERM');
  const { code, stderr } = await running.ended();
  // One that has ended by itself was judged before.
  if (code !== 0 && !stderr.includes('LAKE_TOO_NEW')) throw new Error(`${name} ended with ${code}: ${stderr.slice(-1000)}`);
}

async function verified(now: Pipeline): Promise<string> {
  await answerOf(now, ['await', '--now', ...PATIENCE]);
  const { tables } = JSON.parse(await answerOf(now, ['verify', '--json'])) as { tables: readonly unknown[] };
  return `${tables.length} tables equal`;
}

/** Judges what `lake upgrade` says. */
async function upgraded(now: Pipeline, cast: Cast): Promise<string> {
  const { code, stdout, stderr } = await now.cli(['lake', 'upgrade', '--json']);
  const inTheWay = (['replicate', 'compact'] as const).filter((role) => cast[role] === 'old');
  if (code !== (inTheWay.length === 0 ? 0 : 1)) throw new Error(`lake upgrade ended with ${code}: ${(stdout + stderr).slice(-1000)}`);
  const report = JSON.parse(stdout) as UpgradeReport;
  const named = report.older.map(({ role }) => role);
  if (named.toSorted().join() !== inTheWay.toSorted().join()) throw new Error(`lake upgrade names ${named.join()}, not ${inTheWay.join()}`);
  const wanted = inTheWay.length === 0 ? FEATURES : [];
  if (report.turnedOn.join() !== wanted.join()) throw new Error(`lake upgrade has turned on ${report.turnedOn.join()}`);
  return inTheWay.length === 0 ? 'turned on' : `refused for ${named.join(' and ')}`;
}

async function endsTooNew(running: Running | undefined): Promise<void> {
  const { code, stderr } = (await running?.ended()) ?? { code: null, stderr: '' };
  if (code !== 1 || !stderr.includes('LAKE_TOO_NEW')) throw new Error(`the old snapshotter ended with ${code}: ${stderr.slice(-1000)}`);
}
