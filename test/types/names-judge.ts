import type pg from 'pg';
import { warehouseDatabase, warehouseTable } from '../../warehouse/names.ts';
import { askRows } from './ask-warehouse.ts';
import { copyOut, shown } from './copy-text.ts';
import type { Judge } from './judge.ts';
import { SCHEMAS, databaseOf, names, quoteClickHouse } from './name-cases.ts';
import { SCALE, chosen } from './scale.ts';
import { quoted } from '../../core/table.ts';

/** A table under a name that is to survive, with columns of such names. */
interface NamedTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
  readonly make: string;
}

const relation = ({ schema, name }: NamedTable): string => `${quoted(schema)}.${quoted(name)}`;

const int = (column: string): string => `${quoted(column)} int`;

function wide(name: string, columns: readonly string[], end = ''): NamedTable {
  return { schema: 'wide', name, columns, make: `${columns.map(int).join(', ')}${end}` };
}

/** As many columns as Postgres allows. */
function widest(): NamedTable {
  const columns = Array.from({ length: 1600 }, (_, i) => `column number ${i}`);
  return wide('widest', columns, ', primary key ("column number 0")');
}

/**
 * Every name is a table's and a column's; all of them are columns of tables of each kind of key.
 */
function tables(): NamedTable[] {
  const all = names(SCALE.random * 5, SCALE.seed);
  const ofTables = SCALE.full ? all : all.filter((_, i) => i % 6 === 0);
  const keys = Array.from({ length: Math.ceil(all.length / KEY_COLUMNS) }, (_, i) => all.slice(i * KEY_COLUMNS, (i + 1) * KEY_COLUMNS));
  return [
    ...ofTables.map((name) => ({
      schema: 'names',
      name,
      columns: [name, 'the other'],
      make: `${int(name)} primary key, ${int('the other')}`,
    })),
    ...SCHEMAS.map((schema) => ({ schema, name: schema, columns: ['id'], make: 'id int primary key' })),
    ...(SCALE.full ? keys : keys.slice(0, 2)).map((part, i) => wide(`key${i}`, all, `, primary key (${part.map(quoted).join(', ')})`)),
    wide('full', all),
    wide('append', all),
    ...(SCALE.full ? [widest()] : []),
  ];
}

/** Postgres takes at most 32. */
const KEY_COLUMNS = 30;

async function write(client: pg.Client, table: NamedTable, first: number): Promise<void> {
  const columns = table.columns.map(quoted).join(', ');
  const values = (n: number): string => table.columns.map((_, i) => n * 10_000 + i).join(', ');
  await client.query(
    `insert into ${relation(table)} (${columns}) values (${values(first)}), (${values(first + 1)}), (${values(first + 2)})`,
  );
}

/** Changes each column but those of keys, then takes a row away, also under another key. */
async function change(client: pg.Client, table: NamedTable): Promise<void> {
  const [first = '', ...rest] = table.columns.map(quoted);
  const last = rest.at(-1) ?? first;
  await client.query(`update ${relation(table)} set ${last} = ${last} + 1`);
  await client.query(`update ${relation(table)} set ${first} = ${first} + 7 where ${first} < 20000`);
  await client.query(`delete from ${relation(table)} where ${first} between 20000 and 29999`);
}

async function differences(
  ends: { client: pg.Client; endpoint: string },
  table: NamedTable,
  shadowed: ReadonlySet<string>,
): Promise<string[]> {
  const rows = (await copyOut(ends.client, `select ${table.columns.map(quoted).join(', ')} from ${relation(table)}`)).map((row) =>
    row.join(),
  );
  const asked = ['', '__exact'].filter((suffix) => suffix === '' || !shadowed.has(table.name));
  const found: string[] = [];
  for (const suffix of asked) {
    const view = viewOf(table, suffix);
    const theirs = await askRows(ends.endpoint, `select ${table.columns.map(quoteClickHouse).join(', ')} from ${view}`).catch(
      (error: unknown) => [[String(error)]],
    );
    const [a, b] = [
      rows.toSorted().join('\n'),
      theirs
        .map((row) => row.join())
        .toSorted()
        .join('\n'),
    ];
    if (a !== b) found.push(`${relation(table)}${suffix}: ${shown(a)} is ${shown(b)}`);
  }
  return found;
}

/** Where a table is shown; what ClickHouse cannot keep whole begins like the name at least. */
function viewOf({ schema, name }: NamedTable, suffix: string): string {
  const [database, table] = [warehouseDatabase(schema), warehouseTable(warehouseDatabase(schema), `${name}${suffix}`)];
  const cut = /_[0-9a-f]{8}$/;
  if (database !== databaseOf(schema) && !schema.startsWith(database.replace(cut, ''))) throw new Error(`${schema} is in ${database}`);
  if (table !== `${name}${suffix}` && !name.startsWith(table.replace(cut, ''))) throw new Error(`${name}${suffix} is ${table}`);
  return `${quoteClickHouse(database)}.${quoteClickHouse(table)}`;
}

/** Tables, columns and schemas of any legal spelling. */
export function namesJudge(): Judge {
  const all = chosen('names') ? tables() : [];
  /** Tables whose `__exact` is another table's name. */
  const shadowed = new Set(all.map(({ name }) => name).filter((name) => all.some((one) => one.name === `${name}__exact`)));
  return {
    claim: 'tables and columns of any name are there under that name, and so are their rows',
    rounds: 1,
    async prepare({ exact }) {
      for (const schema of new Set(all.map((table) => table.schema))) await exact.query(`create schema if not exists ${quoted(schema)}`);
      for (const table of all) await exact.query(`create table ${relation(table)} (${table.make})`);
      if (all.length > 0) await exact.query('alter table wide."full" replica identity full');
      for (const table of all) await write(exact, table, 1);
    },
    async change({ exact }) {
      for (const table of all) await write(exact, table, 5);
      for (const table of all) if (table.name !== 'append') await change(exact, table);
    },
    async compare({ exact }, endpoint) {
      const found: string[] = [];
      for (const table of all) found.push(...(await differences({ client: exact, endpoint }, table, shadowed)));
      return { cells: all.reduce((sum, { columns }) => sum + columns.length * 5, 0), differences: found };
    },
    judged: () => ({ types: 0, values: all.length }),
  };
}
