import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { literalCh } from '../../../warehouse/names.ts';
import type { Engine } from '../../../warehouse/engine.ts';

/** What a shard does with a statement before it runs; null: it does not run. */
export type Edit = (statement: string, shard: number) => string | null;

const DEFINES = /^\s*(?:CREATE|DROP|ALTER)\b/i;
const AS_IT_IS: Edit = (statement) => statement;

/**
 * A cluster in one engine: each shard has databases of its own. What a real cluster does by itself
 * is done here by hand: definitions reach all shards, and a Distributed table is a view over all.
 * `edit`: a product that does something else.
 */
export function shardDatabases(inner: Engine, count: number, folder: string, edit: Edit = AS_IT_IS): Engine {
  const own = (index: number): Engine => {
    const run = async (statement: string): Promise<void> => {
      const edited = edit(statement, index);
      if (edited !== null) await inner.exec(onShard(edited, index, count));
    };
    return {
      traits: { ...inner.traits, cluster: 'here' },
      exec: async (statement) => {
        if (!DEFINES.test(statement) || /\bATTACH PARTITION\b/.test(statement)) return run(statement);
        const everywhere = /\btailrace(?:_shard)?\b/.test(statement) && !/= Distributed\(|\bDISTRIBUTED\b/.test(statement);
        for (let shard = 0; shard < (everywhere ? count : 1); shard += 1) await inner.exec(onShard(statement, shard, count));
      },
      execTogether: async (statements) => {
        for (const statement of statements) await shards[0]?.exec(statement);
      },
      query: (statement) => inner.query(onShard(edit(statement, index) ?? statement, index, count)),
      read: (request) => inner.read({ ...request, sql: onShard(edit(request.sql, index) ?? request.sql, index, count) }),
      insertRows: async (insert, body) => {
        const [, into = '', format = ''] = /^([\s\S]*?)\s*FORMAT\s+(\w+)\s*$/.exec(insert) ?? [];
        const file = join(folder, `${randomUUID()}.rows`);
        await pipeline(Readable.from(body, { objectMode: false }), createWriteStream(file));
        await run(`${into} SELECT * FROM file(${literalCh(file)}, '${format}')`);
      },
      close: () => inner.close(),
      [Symbol.asyncDispose]: () => inner.close(),
    };
  };
  const shards: Engine[] = Array.from({ length: count }, (_, index) => own(index));
  const [first] = shards;
  if (first === undefined) throw new Error('no shards');
  return { ...first, shards, settle: () => Promise.resolve() };
}

/** A statement of a cluster as one shard's, in one engine. */
function onShard(statement: string, shard: number, count: number): string {
  const alone = statement
    .replaceAll(/ ON CLUSTER '[^']*' ENGINE = Replicated\([^)]*\)/g, '')
    .replaceAll(/\bReplicated(?=(?:Replacing)?MergeTree\b)/g, '')
    .replace(
      /^CREATE OR REPLACE TABLE (\S+) AS `tailrace_shard`\.(`(?:[^`\\]|\\.)*`)\nENGINE = Distributed\(.*\)\n/,
      (_, table: string, view: string) =>
        `CREATE OR REPLACE VIEW ${table} AS ${Array.from({ length: count }, (__, one) => `SELECT * FROM tailrace_shard${suffix(one)}.${view}`).join(' UNION ALL ')}\n`,
    )
    .replace("engine = 'Distributed'", "engine = 'View' AND NOT startsWith(database, 'tailrace_shard')");
  if (shard === 0) return alone;
  return alone.replaceAll(/\btailrace(_shard)?\b(?=`?\.)|(?<=[`'])tailrace(_shard)?(?=[`'])/g, (name) => `${name}${suffix(shard)}`);
}

function suffix(shard: number): string {
  return shard === 0 ? '' : `_on${shard}`;
}
