import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { Compactor } from '../../compactor/compactor.ts';
import { openContext } from '../../compactor/open-context.ts';
import { silentLogger } from '../../core/log.ts';
import { parseLsn } from '../../core/lsn.ts';
import { FEATURES } from '../../lake/format/format.ts';
import { upgradeLake } from '../../lake/format/upgrade-lake.ts';
import { openLake } from '../../lake/lake-identity.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import { checkLake } from '../../lake/retention/lake-check.ts';
import { SchemaStore } from '../../lake/schema-store.ts';
import { DirectoryStore } from '../../lake/store/directory-store.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import { FactsStore } from '../../replicator/catalog/facts-store.ts';
import { EmbeddedEngine } from '../../warehouse/embedded-engine.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { LakeWriter } from '../support/lake-writer.ts';
import { scratch } from '../support/scratch.ts';
import { turnUntilIdle } from '../support/warehouse/warehouse-bench.ts';
import { TABLES } from './small-world.ts';

/** What make.ts wrote beside lake and warehouse. */
interface Made {
  readonly version: string;
  readonly commit: string;
  /** Lines of each table, sorted. */
  readonly tables: Readonly<Record<string, readonly string[]>>;
}

const LOG = silentLogger();
const run = promisify(execFile);
const versions = (await readdir(import.meta.dirname, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

async function unpack(version: string, what: 'lake' | 'warehouse', folder: string): Promise<string> {
  const to = path.join(folder, what);
  await mkdir(to);
  await run('tar', ['--extract', '--gzip', '--file', path.join(import.meta.dirname, version, `${what}.tar.gz`), '--directory', to]);
  return to;
}

/** Starts a compactor over them and turns it until it has applied everything. */
async function applied(store: ObjectStore, engine: Engine): Promise<Made['tables']> {
  const limits = { stepRows: 100_000, stepBytes: 1 << 28 };
  const opened = await openContext({ store, engine, log: LOG, signal: new AbortController().signal, limits });
  if (opened === null) throw new Error('no lake');
  await turnUntilIdle(await Compactor.start(opened.context, opened.warehouseId));
  return shown(engine);
}

async function shown(engine: Engine): Promise<Made['tables']> {
  const read = TABLES.map(async ({ table, warehouse }) => {
    const rows = await engine.query<{ line: string }>(warehouse);
    return [table, rows.map(({ line }) => line).toSorted()] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

/**
 * Changes as the next transactions of the source; the first needs a value that only older rows
 * have.
 */
async function goOn(store: ObjectStore, engine: Engine): Promise<LakeWriter> {
  const { source } = await openLake(store, null);
  const writer = await LakeWriter.open(store, source);
  const [found] = await engine.query<{ tableId: string; hash: string }>(
    `SELECT table_id AS tableId, JSONExtractString(record, 'schemaHash') AS hash FROM tailrace.generations FINAL
     WHERE table = 'public.orders' AND state = 'live'`,
  );
  const orders = await new SchemaStore(store).get(found?.tableId ?? '', found?.hash ?? '');
  const last = await new ManifestLog(store, LOG).newest(null);
  const lsn = parseLsn(last?.to ?? '0/0') + 100n;
  const unchanged = { id: '1', customer: 'later', total: '7.25', notes: undefined, priority: '5' };
  const added = { id: '5000', customer: 'new', total: '1', notes: 'n', priority: null };
  const gone = { id: '2', customer: null, total: null, notes: null, priority: null };
  await writer.batch([
    await writer.file(orders, [
      { op: 'U', lsn, ordinal: 1, row: unchanged },
      { op: 'I', lsn, ordinal: 2, row: added },
      { op: 'D', lsn, ordinal: 3, row: gone },
    ]),
  ]);
  return writer;
}

/** The lines after these changes. */
function changed(tables: Made['tables']): Made['tables'] {
  const orders = (tables['public.orders'] ?? []).filter((line) => !line.startsWith('2|'));
  const after = orders.map((line) => {
    const [id, , , length, digest] = line.split('|');
    return id === '1' ? ['1', 'later', '725', length, digest, '5'].join('|') : line;
  });
  const digestOfN = '7b8b965ad4bca0e41ab51de7b31363a1';
  return { ...tables, 'public.orders': [...after, `5000|new|100|1|${digestOfN}|-`].toSorted() };
}

test('there is a lake of an earlier version', () => {
  expect(versions.length).toBeGreaterThan(0);
});

test.each(versions)(
  'lake and warehouse of %s open, go on, get the features of this version, and are built again equal',
  async (version) => {
    await using folder = await scratch(`upgrade-${version}`);
    const made = JSON.parse(await readFile(path.join(import.meta.dirname, version, 'made.json'), 'utf8')) as Made;
    expect(made.version).toBe(version);
    const store = new DirectoryStore(await unpack(version, 'lake', folder.path));
    const manifests = new ManifestLog(store, LOG);
    const { format } = await openLake(store, null);
    const facts = (await manifests.newest(null))?.facts ?? '';
    expect((await new FactsStore(store).get(facts)).tables.length).toBe(TABLES.length);

    const live = await EmbeddedEngine.open({ directory: await unpack(version, 'warehouse', folder.path), log: LOG });
    expect(await shown(live)).toEqual(made.tables);
    expect(await applied(store, live)).toEqual(made.tables);

    // The replicator of the earlier version has written last.
    const missing = FEATURES.filter((feature) => !format.features.has(feature));
    const refused = await upgradeLake(store, LOG);
    expect(refused.older.map(({ role, lacks }) => ({ role, lacks }))).toEqual(
      missing.length === 0 ? [] : [{ role: 'replicate', lacks: missing }],
    );
    await goOn(store, live);
    const after = changed(made.tables);
    expect(await applied(store, live)).toEqual(after);
    expect(await upgradeLake(store, LOG)).toMatchObject({ features: FEATURES, turnedOn: missing, older: [] });
    expect(await applied(store, live)).toEqual(after);
    await live.close();

    const again = await EmbeddedEngine.open({ directory: path.join(folder.path, 'again'), log: LOG });
    expect(await applied(store, again)).toEqual(after);
    await again.close();
    expect(await checkLake(store, manifests, { deep: true })).toMatchObject({ ok: true });
  },
);
