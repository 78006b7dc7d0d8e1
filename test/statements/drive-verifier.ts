import { silentLogger } from '../../core/log.ts';
import { connect } from '../../postgres/session/connect.ts';
import { compareBy } from '../../verifier/comparison.ts';
import { verify } from '../../verifier/verify.ts';
import type { VerifyOptions } from '../../verifier/verify.ts';
import type { ClonedTable } from '../../lake/control-stage.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { scratch } from '../support/scratch.ts';
import { holdOnce } from '../support/warehouse/holding-compactor.ts';
import { copyToWarehouse } from '../support/warehouse/warehouse-table.ts';
import { everyKind } from './every-kind.ts';

/** Tables whose keys have every order that `--from` and `--to` know. */
const KEYS: Readonly<Record<string, string>> = {
  int4: '1',
  uuid: '00000000-0000-0000-0000-000000000000',
  date: '2026-01-01',
  timestamp: '2026-01-01',
  timestamptz: '2026-01-01',
  text: "it's",
};

/** Its canonical text is not that of other arrays. */
const TEXT_ARRAY = 1009;

/** Everything that a verification asks a warehouse; `url`: an empty database. */
export async function driveVerifier(engine: Engine, url: string): Promise<void> {
  await using source = await connect({ url });
  await using folder = await scratch('verified');
  await engine.exec('CREATE DATABASE IF NOT EXISTS `default`');
  const tables: string[] = [];
  for (const [type, value] of Object.entries(KEYS)) {
    await source.query(`CREATE TABLE public.by_${type} (k ${type} PRIMARY KEY, v text)`);
    await source.query(`INSERT INTO public.by_${type} VALUES ('${value.replaceAll("'", "''")}', repeat('v', 100))`);
    tables.push(`public.by_${type}`);
  }
  await source.query('CREATE TABLE public.loose (v text)');
  await source.query('ALTER TABLE public.loose REPLICA IDENTITY FULL');
  await source.query(`INSERT INTO public.loose VALUES ('a'), ('a')`);
  tables.push('public.loose');
  const clones: ClonedTable[] = [];
  for (const table of tables) clones.push(await copyToWarehouse({ source, engine, folder: folder.path }, table));
  await source.query("UPDATE public.by_int4 SET v = 'other'");
  await source.query("UPDATE public.loose SET v = 'other'");
  const run = async (chosen: readonly ClonedTable[], options: Partial<VerifyOptions> = {}): Promise<void> => {
    const store = new MemoryStore();
    const held = holdOnce(store, () => Promise.resolve([...chosen]));
    await verify({ source: { url }, store, engine, tables: null, log: silentLogger(), ...options });
    await held;
  };
  await run(clones);
  await run(clones, { rowsOnly: true });
  await run(clones, { part: { sample: { rows: 1, share: 0.5, start: 0.5 }, keys: null } });
  for (const clone of clones.slice(0, -1)) {
    const value = KEYS[clone.table.replace('public.by_', '')] ?? '';
    await run([clone], { tables: [clone.table], part: { sample: null, keys: { from: value, to: value } } });
  }
  await everyColumn(engine);
}

/** The expressions over columns of every kind, of which Postgres alone does not have all. */
async function everyColumn(engine: Engine): Promise<void> {
  const { keyed } = everyKind();
  const columns = keyed.schema.columns.map(({ id, name, type }) => ({
    id,
    name,
    type,
    typeOid: type.kind === 'array' && type.element.kind === 'text' ? TEXT_ARRAY : 0,
    hidden: id === 2,
  }));
  for (const [key, sampled] of [
    [[1], false],
    [[1], true],
    [[], false],
  ] as const) {
    const { hash, place, digests, shown, key: named } = compareBy(columns, { key, serverIsUtf8: true, sampled }).warehouse;
    await engine.query(`SELECT ${hash}, ${place}, ${digests}, ${shown}, ${named} FROM tailrace.t4000_1_g1_r2 AS s`);
  }
}
