import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createPipeline } from '../support/pipeline.ts';
import { createDatabase, sharedPostgresUrl } from '../support/postgres.ts';
import { expectVerified } from '../support/verified.ts';

/** Latin-1 for "née", which is no UTF-8, and UTF-8 for the same. */
const LATIN = String.raw`convert_from('\x6ee965', 'SQL_ASCII')`;
const UTF8 = String.raw`convert_from('\x6ec3a965', 'SQL_ASCII')`;

test('bytes that are not text, in a SQL_ASCII database, arrive unchanged from copy and stream, and keys of them stay distinct', async () => {
  await using source = await createDatabase(
    { url: sharedPostgresUrl() },
    `encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C' template template0`,
  );
  await source.query(`create table word (name text primary key, plain text, hidden text, fixed char(4), short varchar(9), many text[])`);
  const insert = (name: string): string =>
    `insert into word values (${name}, ${name}, ${name}, ${name}, ${name}, array[${LATIN}, null, ${UTF8}, 'x'])`;
  await source.query(insert(LATIN));
  await using pipeline = createPipeline({ source: source.url });
  const file = path.join(pipeline.folder, 'tailrace.yaml');
  writeFileSync(file, 'table: { public.word: { mask: { hidden: sha256 } } }\nmask: { salt: salt-of-the-encoding-test }\n');
  const env = { TAILRACE_CONFIG: file };
  await using running = pipeline.start(['run', '--sql-port', '0', '--http-port', '0'], env);
  await running.event('live');
  await expectVerified(pipeline, env);
  await source.query(insert(UTF8));
  await source.query(insert(String.raw`convert_from('\x6ee865', 'SQL_ASCII')`));
  await source.query(`update word set short = ${LATIN} || plain`);
  await expectVerified(pipeline, env);
  const asked = await pipeline.cli([
    'sql',
    'SELECT hex(name), hex(plain), hex(fixed), hex(short), hex(many[1]) FROM public.word ORDER BY 1',
    '--format',
    'TSV',
  ]);
  expect(asked.stdout.trim().split('\n')).toEqual([
    '6EC3A965\t6EC3A965\t6EC3A965\t6EE9656EC3A965\t6EE965',
    '6EE865\t6EE865\t6EE86520\t6EE9656EE865\t6EE965',
    '6EE965\t6EE965\t6EE96520\t6EE9656EE965\t6EE965',
  ]);
  expect(running.stderr()).not.toMatch(/invalid byte sequence/);
});
