import { expect, test } from 'vitest';
import { quoteIdent } from '../../core/table.ts';
import { collect } from '../../test/support/collect.ts';
import { createDatabase } from '../../test/support/postgres.ts';
import { vectorRows } from '../../test/support/vector-rows.ts';
import { readTables, toTableSchema } from './catalog.ts';
import { createBuilder } from '../codec/create-builder.ts';
import { connect } from '../session/connect.ts';
import { copyExpression } from './type-map.ts';

/** Signature, flags and extension length of COPY BINARY. */
const HEADER_BYTES = 19;

/**
 * name, type, value as SQL; the copied value, and the exact text if the column does not hold it.
 */
const COLUMNS: readonly (readonly [string, string, string, string | null, string?])[] = [
  ['id', 'int', '-5', '-5'],
  ['address', 'inet', `'10.0.0.1'`, '10.0.0.1'],
  ['padded', 'char(4)', `'a'`, 'a   '],
  ['letter', '"char"', `'x'`, 'x'],
  ['doc', 'jsonb', `'{"b": 1, "a": [1.50]}'`, '{"a": [1.50], "b": 1}'],
  ['raw', 'json', `'{"b":1,  "b":2}'`, '{"b":1,  "b":2}'],
  ['huge', 'numeric', `1e40::numeric + 0.10`, '9'.repeat(76), `1${'0'.repeat(40)}.10`],
  ['open', 'numeric', `12.50`, `125${'0'.repeat(37)}`],
  ['sums', 'numeric[]', `'{1.0,NULL,Infinity}'`, `["1${'0'.repeat(38)}",null,"${'9'.repeat(76)}"]`, '{1.0,NULL,Infinity}'],
  ['price', 'price', '12.5', '1250'],
  ['bad', 'numeric(9,2)', `'NaN'`, null, 'NaN'],
  ['forever', 'timestamptz', `'infinity'`, '9223372036854775807', 'infinity'],
  ['old', 'date', `'0044-03-15 BC'`, '-25567', '0044-03-15 BC'],
  ['spread', 'interval', `'1 year 2 days 03:04:05.6'`, '["12","2","11045600000"]'],
  ['pair', 'pair', `row(1, null)`, '(1,)'],
  ['nothing', 'pair', `null`, null],
  ['span', 'int4range', `'[1,5)'`, '[1,5)'],
  ['feelings', 'mood[]', `'{sad,NULL}'`, '["sad",null]'],
  ['grid', 'int[]', `'{{1,2},{3,NULL}}'`, '[]', '{{1,2},{3,NULL}}'],
  ['shifted', 'text[]', `'[0:1]={a,"b c"}'`, '[]', '[0:1]={a,"b c"}'],
  ['words', 'text[]', `array['a,b', '', null, 'NULL', '"']`, '["a,b","",null,"NULL","\\""]'],
  ['boxes', 'box[]', `'{(1,1),(0,0)}'`, '{(1,1),(0,0)}'],
  ['hosts', 'inet[]', `'{10.0.0.1,10.0.0.0/8}'`, '["10.0.0.1","10.0.0.0/8"]'],
  ['days', 'date[]', `'{2024-01-01,infinity}'`, '["19723","120529"]', '{2024-01-01,infinity}'],
  ['flag', 'bool', 'true', 'true'],
  ['key', 'int[]', `'{1,2}'`, '{1,2}'],
];

test('a binary COPY with the expressions of each column gives what the stream would print', async () => {
  await using database = await createDatabase();
  await using connection = await connect({ url: database.url });
  await database.query(`create domain price as numeric(12,2); create type mood as enum ('sad', 'ok'); create type pair as (a int, b int);
    create table t (${COLUMNS.map(([name, type]) => `${quoteIdent(name)} ${type}`).join(', ')}, primary key (key));
    insert into t values (${COLUMNS.map(([, , value]) => value).join(', ')})`);
  const [table] = await readTables(connection, null);
  const columns = table === undefined ? [] : toTableSchema(table, 1).columns;
  const expressions = columns.map(({ type, typeOid, name }) => copyExpression(type, typeOid, quoteIdent(name)));
  const pieces: Buffer[] = [];
  const list = expressions.map(({ sql }) => sql).join(', ');
  const keep = (from: Buffer, start: number, end: number): void => void pieces.push(Buffer.from(from.subarray(start, end)));
  await collect(connection.copyOut(`copy (select ${list} from public.t) to stdout (format binary)`, keep));
  const buf = Buffer.concat(pieces);
  let at = HEADER_BYTES + 2;
  const read = columns.map(({ type }, i) => {
    const builder = createBuilder(type);
    const width = buf.readInt32BE(at);
    const [start, end] = [at + 4, at + 4 + Math.max(width, 0)];
    at = end;
    if (width < 0) builder.appendNull();
    const exact = width < 0 || (expressions[i]?.binary ? builder.appendBinary(buf, start, end) : builder.appendText(buf, start, end));
    const kept = expressions[i]?.binary ? builder.exactText(buf, start, end) : buf.toString('utf8', start, end);
    return [vectorRows(builder.finish())[0], exact ? undefined : kept];
  });
  expect(Object.fromEntries(read.map((cell, i) => [columns[i]?.name, cell]))).toEqual(
    Object.fromEntries(COLUMNS.map(([name, , , held, exact]) => [name, [held, exact]])),
  );
});
