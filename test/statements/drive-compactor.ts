import { formatLsn } from '../../core/lsn.ts';
import type { Retention } from '../../core/sections/table-retention.ts';
import type { Column } from '../../core/table.ts';
import { putRequest, putStage, readStage } from '../../lake/control.ts';
import { turnQuietMerges } from '../../compactor/upkeep/quiet-merges.ts';
import type { Row } from '../support/change-file.ts';
import { tableSchema } from '../support/lake-writer.ts';
import { WAREHOUSE_ID } from '../support/warehouse/warehouse-bench.ts';
import type { WarehouseBench } from '../support/warehouse/warehouse-bench.ts';
import { ofLargeValue } from '../../warehouse/large-value.ts';
import { engineError } from '../../warehouse/clickhouse-code.ts';
import { everyKind, OLDER } from './every-kind.ts';
import { Scenes } from './scenes.ts';

/** Less than a compactor waits for the point of a verification. */
const HELD_MS = 60_000;
const HOURS_MS = 3 * 3_600_000;

/** Tables with a history, and for how long. A scene turns one on and off. */
export const HISTORY: Record<string, Retention> = {
  'public.keyed': 'forever',
  'public.by_all': 'forever',
  'public.middle': 'forever',
  'public.notes*': 1_000,
};

const notes = tableSchema({
  oid: 3001,
  name: 'notes',
  columns: { id: { kind: 'int4' }, n: { kind: 'numeric', precision: 5, scale: 0 }, body: { kind: 'text' } },
  notNull: ['body'],
  key: ['id'],
});
const loose = { ...notes, oid: 3002, tableId: '3002_1', name: 'loose', identity: 'full', key: [] } as const;
const large = { ...notes, oid: 3011, tableId: '3011_1', name: 'large' };
const log = { ...notes, oid: 3003, tableId: '3003_1', name: 'log', identity: 'append', key: [] } as const;

const row = (id: number, n: number, body: string | null | undefined): Row => ({ id: String(id), n: String(n), body });

const gone = (id: number): Row => ({ id: String(id), n: null, body: null });

/** Everything that a compactor does to a warehouse. */
export async function driveCompactor(bench: WarehouseBench, lsn: bigint): Promise<void> {
  const scenes = new Scenes(bench, lsn);
  for (const scene of [everyType, everyStep, aLargeStep, everyChangeOfColumns, histories, troubles, freezes, verification, bases, upkeep])
    await scene(scenes);
  await putRequest(bench.lake.store, { kind: 'rebuild' });
  await scenes.settle();
  await scenes.settle({ restart: true });
}

async function everyType(scenes: Scenes): Promise<void> {
  const { keyed, whole, byAll } = everyKind();
  for (const { schema, row: of } of [keyed, whole, byAll]) await scenes.bench.lake.copy(schema, { generation: 1, lsn: scenes.lsn }, [[of]]);
  await scenes.batch(
    [keyed.schema, [scenes.change('I', { ...keyed.row, id: '2' }), scenes.change('U', { id: '1' })]],
    [keyed.schema, [scenes.change('U', Object.fromEntries(Object.keys(keyed.row).map((name) => [name, name === 'id' ? '1' : undefined])))]],
    [whole.schema, [scenes.change('I', whole.row), scenes.change('D', whole.row)]],
    [byAll.schema, [scenes.change('U', { ...byAll.row, note: undefined })]],
  );
}

/** A block so large that it is counted whether its keys repeat; they do not. */
async function aLargeStep(scenes: Scenes): Promise<void> {
  await scenes.copy(large, [], []);
  const rows = Array.from({ length: 10_000 }, (_, index) => scenes.change('I', row(index, index, 'new')));
  await scenes.batch([large, rows]);
}

async function everyStep(scenes: Scenes): Promise<void> {
  const rows = [row(1, 1, 'one'), row(2, 2, 'two'), row(3, 3, 'three')];
  for (const schema of [notes, loose, log]) await scenes.copy(schema, rows.slice(0, 2), rows.slice(2));
  await inTheMiddle(scenes);
  await scenes.batch(
    [
      notes,
      [
        scenes.change('U', row(1, 2, undefined)),
        scenes.change('D', gone(2), { keyChange: true }),
        scenes.change('U', row(5, 2, undefined)),
        scenes.change('D', gone(3)),
      ],
    ],
    [loose, [scenes.change('D', row(1, 1, 'one')), scenes.change('U', row(1, 2, 'one'))]],
    [log, [scenes.change('I', row(4, 4, 'four'))]],
  );
  await scenes.streamed(notes, [
    { op: 'U', ordinal: 1, xid: 7, row: row(1, 3, undefined) },
    { op: 'U', ordinal: 2, xid: 8, row: row(1, 4, 'never') },
  ]);
  await scenes.streamed(loose, [{ op: 'I', ordinal: 1, xid: 8, row: row(9, 3, 'never') }]);
  for (const schema of [notes, loose, log])
    await scenes.batch([schema, [scenes.change('T', gone(0)), scenes.change('I', row(1, 1, 'one')), scenes.change('I', row(2, 2, null))]]);
}

/** A copy whose point lies inside a file with a row that got another key before it. */
async function inTheMiddle(scenes: Scenes): Promise<void> {
  const { lake } = scenes.bench;
  const table = { ...notes, oid: 3007, tableId: '3007_1', name: 'middle' };
  const early = [
    scenes.change('D', gone(1), { keyChange: true }),
    scenes.change('U', row(9, 1, undefined)),
    scenes.change('I', row(1, 1, 'new')),
    scenes.change('U', row(1, 2, undefined)),
  ];
  const point = scenes.pass();
  const late = [scenes.change('U', row(9, 3, undefined)), scenes.change('U', row(1, 3, undefined))];
  const file = await lake.file(table, [...early, ...late]);
  await lake.batch([file], { to: scenes.pass() });
  await lake.copy(table, { generation: 1, lsn: point }, [[row(9, 1, 'one'), row(1, 2, 'new')]]);
  await scenes.settle();
}

/** A table that is read from the lake in another way; `lsn`: beyond all that is there. */
export async function driveReading(bench: WarehouseBench, lsn: bigint): Promise<void> {
  const scenes = new Scenes(bench, lsn);
  const table = { ...notes, oid: Number(lsn), tableId: `${lsn}_1`, name: `read${lsn}` };
  await scenes.copy(table, [row(1, 1, 'one')]);
  await scenes.batch([table, [scenes.change('U', row(1, 2, undefined))]], [table, [scenes.change('I', row(2, 2, 'two'))]]);
}

async function everyChangeOfColumns(scenes: Scenes): Promise<void> {
  const text = { typeOid: 0, typmod: -1, typeName: '' };
  const added = OLDER.map(([type, missing], index): Column => {
    const name = `added${index}`;
    return { id: 10 + index, attnum: 10 + index, name, field: name, ...text, type, missing };
  });
  const tags: Column = {
    id: 9,
    attnum: 9,
    name: 'tags',
    field: 'tags',
    ...text,
    type: { kind: 'array', element: { kind: 'text' } },
    missing: null,
  };
  for (const table of [notes, loose]) {
    const wider = table.columns.map((column) =>
      column.name === 'n'
        ? { ...column, name: 'weight', field: 'weight', type: { kind: 'numeric', precision: 12, scale: 0 } as const }
        : column,
    );
    const altered = { ...table, name: `${table.name}_now`, columns: [...wider.filter(({ name }) => name !== 'body'), tags, ...added] };
    await scenes.batch([altered, [scenes.change('I', { id: '7', weight: '7', tags: '{a}' })]]);
    await scenes.fact('schema', { ...altered, columns: altered.columns.map((column) => ({ ...column, notNull: true as const })) });
  }
}

/** A history that is turned on late, joined with a new copy, and turned off. */
async function histories(scenes: Scenes): Promise<void> {
  const table = { ...notes, oid: 3009, tableId: '3009_1', name: 'late' };
  await scenes.copy(table, [row(1, 1, 'one'), row(2, 1, 'two')]);
  await scenes.batch([table, [scenes.change('U', row(1, 2, undefined))]]);
  HISTORY['public.late'] = 'forever';
  await scenes.settle({ restart: true });
  await scenes.copy(table, [row(1, 2, 'one')]);
  delete HISTORY['public.late'];
  await scenes.settle({ restart: true, laterMs: HOURS_MS });
}

/** A file that is lost, a value that nobody has, a schema that needs a copy, and what follows. */
async function troubles(scenes: Scenes): Promise<void> {
  const { bench } = scenes;
  const table = { ...notes, oid: 3004, tableId: '3004_1', name: 'troubled' };
  await scenes.copy(table, [row(1, 1, 'one')]);
  const lost = await bench.lake.file(table, [scenes.change('I', row(2, 2, 'two'))]);
  await bench.lake.batch([lost], { to: scenes.pass() });
  await bench.lake.store.delete(lost.path);
  await scenes.settle();
  await putRequest(bench.lake.store, { kind: 'resume', table: 'public.troubled', warehouseId: WAREHOUSE_ID });
  await scenes.settle();
  await scenes.copy(table, [row(1, 1, 'one')]);
  await scenes.batch([table, [scenes.change('U', row(2, 2, undefined))]]);
  await scenes.copy(table, [row(2, 2, null)]);
  await scenes.fact('held', table);
  await scenes.copy(table, [row(2, 2, 'two')]);
  await scenes.fact('dropped', table);
  await scenes.fact('published', { ...table, oid: 3005, tableId: '3005_1', name: 'coming' });
}

async function freezes(scenes: Scenes): Promise<void> {
  const { bench } = scenes;
  const served = async (request: Parameters<typeof putRequest>[1]): Promise<void> => {
    await putRequest(bench.lake.store, request);
    await scenes.settle();
  };
  const of = { warehouseId: WAREHOUSE_ID, name: 'nightly' };
  const run = { ...of, name: 'tailrace_run_1' };
  await served({ kind: 'freeze', tables: null, ...of });
  await served({ kind: 'freeze', tables: null, held: { seconds: 3_600, rows: true }, ...run });
  await served({ kind: 'keep-freeze', tables: ['public.keyed', 'public.whole'], seconds: 3_600, ...run });
  await scenes.settle({ restart: true });
  await served({ kind: 'keep-freeze', tables: [], seconds: 3_600, ...run });
  await served({ kind: 'drop-freeze', ...of });
}

async function verification(scenes: Scenes): Promise<void> {
  const { bench } = scenes;
  const id = await putRequest(bench.lake.store, { kind: 'verify', tables: null });
  await scenes.settle({ laterMs: HELD_MS });
  await putStage(bench.lake.store, { id, stage: 'point' }, { lsn: formatLsn(scenes.lsn) });
  await bench.lake.batch([], { to: scenes.pass() });
  await scenes.settle({ laterMs: HELD_MS });
  await putStage(bench.lake.store, { id, stage: 'release' }, {});
  await scenes.settle({ laterMs: HELD_MS });
  const answer = await readStage(bench.lake.store, { id, stage: 'done' });
  if (answer?.ok !== true) throw new Error('no verification was served');
}

/** A base of each kind of table, and one after it whose chunks may be taken over. */
async function bases(scenes: Scenes): Promise<void> {
  const { keyed, whole, byAll } = everyKind();
  const added = { ...log, oid: 3008, tableId: '3008_1', name: 'added' };
  await scenes.copy(added, [row(1, 1, 'one')]);
  const tables = ['keyed', 'whole', 'by_all', 'added'].map((name) => `public.${name}`);
  for (const id of ['3', '4']) {
    await scenes.batch(
      [keyed.schema, [scenes.change('I', { ...keyed.row, id })]],
      [whole.schema, [scenes.change('I', whole.row)]],
      [byAll.schema, [scenes.change('U', { ...byAll.row, note: id })]],
      [added, [scenes.change('I', row(Number(id), 1, 'more'))]],
    );
    const asked = [];
    for (const table of tables) asked.push(await putRequest(scenes.bench.lake.store, { kind: 'base', table, warehouseId: WAREHOUSE_ID }));
    await scenes.settle();
    for (const request of asked) {
      const answer = await readStage(scenes.bench.lake.store, { id: request, stage: 'done' });
      if (answer?.base?.proof !== 'rebuild') throw new Error(`no base was proven: ${answer?.error}`);
    }
  }
}

async function upkeep(scenes: Scenes): Promise<void> {
  const { bench } = scenes;
  const table = { ...notes, oid: 3006, tableId: '3006_1', name: 'cleaned' };
  await scenes.copy(table, [row(1, 1, 'x')]);
  // As many deleted rows as make a rewrite worth while.
  const deleted = 'SELECT number, 1, 1 FROM numbers(100001)';
  await bench.engine.exec(`INSERT INTO tailrace.t3006_1_g${scenes.lsn - 10n} (c1, _tr_version, _tr_deleted) ${deleted}`);
  await scenes.settle({ restart: true, laterMs: HOURS_MS });
  await turnQuietMerges(bench.engine);
  const tooMuch = engineError(241, 'Code: 241. DB::Exception: memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)');
  await ofLargeValue(bench.engine, 'tailrace.t4000_1_g1', tooMuch);
}
