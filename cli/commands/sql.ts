import { pipeline } from 'node:stream/promises';
import { TailraceError } from '../../core/errors.ts';
import { requireServer } from '../../core/sections/warehouse-cluster.ts';
import { openWarehouse } from '../../warehouse/open-engine.ts';
import type { Command } from '../command.ts';
import { CANNOT_TELL, flagValue } from '../command.ts';
import { output } from '../outlet.ts';
import { readQuery } from '../query-text.ts';

export const command: Command<'sql'> = {
  usage: '[QUERY] [--file FILE] [--format F]',
  about:
    'Runs a read-only query on the warehouse. Tables have the same names as in Postgres and show their current rows. ' +
    '`SHOW TABLES FROM public` lists them; tailrace.freshness shows how far behind each is. Without QUERY, it reads the query from the file or from stdin. While `run` is up, the query goes to its endpoint.',
  examples: [
    'tailrace sql "SELECT state, count() FROM public.orders GROUP BY state"',
    'tailrace sql "SELECT * FROM public.orders" --format Parquet > orders.parquet',
    'tailrace sql -f report.sql',
  ],
  flags: [
    { name: 'file', short: 'f', placeholder: 'FILE', help: 'read the query from a file; - is stdin' },
    {
      name: 'format',
      placeholder: 'F',
      help: 'a ClickHouse format such as JSONEachRow, CSV or Parquet (PrettyCompact on a terminal, else TabSeparated)',
    },
  ],
  words: [0, 1],
  exits: { 0: 'done', 1: 'the query failed', 2: CANNOT_TELL },
  async run({ config, flags, words, log }) {
    const sql = await readQuery({ word: words[0], file: flagValue({ flags }, 'file'), stdin: process.stdin });
    requireServer(config.warehouse, config['warehouse.cluster']);
    await using engine = await openWarehouse({ uri: config.warehouse, role: 'reader', log });
    const format = flagValue({ flags }, 'format') ?? (process.stdout.isTTY ? 'PrettyCompactMonoBlock' : 'TabSeparated');
    const result = await engine.read({ sql, format });
    await pipeline(result.body, process.stdout, { end: false }).catch((error: unknown) => {
      // A reader such as `head` may stop early; `settle` reports any other failure of the output.
      if (!output.gone.aborted) throw error;
    });
    return 0;
  },
  exitOf: (error) => (error instanceof TailraceError && error.code === 'WAREHOUSE_QUERY' ? 1 : 2),
};
