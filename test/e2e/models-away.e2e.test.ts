import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase } from '../support/postgres.ts';
import type { StatusReport } from '../../monitor/status.ts';

const COUNTED = '-- All orders.\n-- @kind table\n-- @every 100ms\nSELECT count() AS orders FROM public.orders\n';
const LISTED = '-- An order.\nSELECT id FROM public.orders\n';

test('models stay in use while their folder or a file is away, status says so, and what is back counts', async () => {
  await using source = await createDatabase();
  await source.query('create table orders (id int primary key); insert into orders values (1)');
  await using pipeline = createPipeline({ source: source.url });
  const folder = path.join(pipeline.folder, 'models');
  const [file, away] = [path.join(folder, 'marts/counted.sql'), path.join(pipeline.folder, 'away')];
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, COUNTED);
  writeFileSync(path.join(folder, 'marts/listed.sql'), LISTED);
  await pipeline.start(['run', '--sql-port', '0', '--http-port', '0', '--models', folder]).event('live');
  const rows = (query: string): Promise<string> => pipeline.query(query);
  const note = async (): Promise<string> => {
    const { notes } = JSON.parse((await pipeline.cli(['status', '--json'])).stdout) as StatusReport;
    return notes.find((one) => one.startsWith('the models are')) ?? '';
  };
  let orders = 1;
  /** A change of the source arrives in the mart. */
  const follows = async (what: string): Promise<void> => {
    orders += 1;
    await source.query('insert into orders select max(id) + 1 from orders');
    await eventually(async () => (await rows('SELECT orders FROM marts.counted').catch(() => null)) === String(orders), what);
    expect(await rows("SELECT count() FROM system.tables WHERE database = 'marts'"), what).toBe('2');
  };
  await follows('the models at the start');
  const lost: Record<string, { lose: () => void; back: () => void; said: RegExp }> = {
    'the folder is away': { lose: () => renameSync(folder, away), back: () => renameSync(away, folder), said: /cannot be read \(ENOENT\)/ },
    'a file is in its place': {
      lose: () => {
        renameSync(folder, away);
        writeFileSync(folder, '');
      },
      back: () => {
        rmSync(folder);
        renameSync(away, folder);
      },
      said: /cannot be read \(ENOTDIR\)/,
    },
    'an empty folder is in its place': {
      lose: () => {
        renameSync(folder, away);
        mkdirSync(folder);
      },
      back: () => {
        rmSync(folder, { recursive: true });
        renameSync(away, folder);
      },
      said: /has no \.sql file any more/,
    },
    'a file cannot be read': {
      lose: () => {
        renameSync(file, away);
        symlinkSync('/nowhere', file);
      },
      back: () => renameSync(away, file),
      said: /counted\.sql cannot be read \(ENOENT\)/,
    },
  };
  for (const [what, { lose, back, said }] of Object.entries(lost)) {
    lose();
    await eventually(async () => said.test(await note()), `status to say that ${what}`);
    await follows(what);
    back();
    await eventually(async () => (await note()) === '', `status to be quiet after "${what}"`);
    await follows(`after "${what}"`);
  }
  writeFileSync(path.join(folder, 'marts/more.sql'), LISTED);
  await eventually(
    async () => (await rows('SELECT count() FROM marts.more').catch(() => null)) === String(orders),
    'a file that came later',
  );
});
