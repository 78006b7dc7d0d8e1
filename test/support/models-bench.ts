import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { silentLogger } from '../../core/log.ts';
import type { Folder } from '../../transformer/folder/model.ts';
import { readFolder } from '../../transformer/folder/read-folder.ts';
import { EmbeddedEngine } from '../../warehouse/embedded-engine.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { scratch } from './scratch.ts';

/** Files of a folder of models, by their paths. */
export type ModelFiles = Readonly<Record<string, string | Uint8Array>>;

const TABLES = [
  'CREATE DATABASE public',
  'CREATE TABLE public.orders (id UInt64, customer_id UInt64, state String, total Decimal(12, 2), at DateTime) ENGINE = MergeTree ORDER BY id',
  'CREATE TABLE public.items (order_id UInt64, line UInt32, units UInt32) ENGINE = MergeTree ORDER BY (order_id, line)',
  'CREATE DATABASE elsewhere',
  'CREATE TABLE elsewhere.t (id UInt64) ENGINE = MergeTree ORDER BY id',
];

/** A chDB warehouse with empty tables of a source, for reading folders of models. */
export interface ModelsBench extends AsyncDisposable {
  readonly engine: Engine;
  /** Reads a folder with these files, as at the start; errors name them without the folder. */
  read(files: ModelFiles, context?: Parameters<typeof readFolder>[2]): Promise<Folder>;
  /** The error of such a folder; `taken`: it has none. */
  bad(files: ModelFiles, context?: Parameters<typeof readFolder>[2]): Promise<string>;
}

export async function modelsBench(): Promise<ModelsBench> {
  const warehouse = await scratch();
  const engine = await EmbeddedEngine.open({ directory: warehouse.path, log: silentLogger() });
  for (const statement of TABLES) await engine.exec(statement);
  const read: ModelsBench['read'] = async (files, context = { databases: ['public'], atStart: true }) => {
    await using folder = await scratch();
    await writeModels(folder.path, files);
    try {
      return await readFolder(folder.path, engine, context);
    } catch (error) {
      throw new Error((error as Error).message.replaceAll(`${folder.path}/`, ''), { cause: error });
    }
  };
  return {
    engine,
    read,
    bad: (files, context) =>
      read(files, context).then(
        () => 'taken',
        (error: unknown) => (error as Error).message,
      ),
    async [Symbol.asyncDispose]() {
      await engine.close();
      await warehouse[Symbol.asyncDispose]();
    },
  };
}

/** Writes files of models into a folder. */
export async function writeModels(directory: string, files: ModelFiles): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
}

/** A model with these header lines. */
export function headed(...lines: string[]): ModelFiles {
  return { 'marts/a.sql': ['-- A row.', ...lines.map((line) => `-- ${line}`), 'SELECT id, state, at FROM public.orders'].join('\n') };
}

/** A model with this SELECT. */
export function selecting(select: string): ModelFiles {
  return { 'marts/a.sql': `-- A row.\n${select}` };
}

/** A model that counts the units of each order. */
export const INCREMENTAL = [
  '-- One order.',
  '-- @kind incremental',
  '-- @key order_id',
  '-- @by order_id = public.orders: id',
  '-- @by order_id = public.items: order_id',
  'SELECT o.id AS order_id, sum(i.units) AS units FROM public.orders AS o LEFT JOIN public.items AS i ON i.order_id = o.id GROUP BY o.id',
].join('\n');
