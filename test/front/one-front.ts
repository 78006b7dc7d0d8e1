import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { putRequest } from '../../lake/control.ts';
import { getPositions } from '../../lake/readers.ts';
import { answerOf } from '../../lake/request-answer.ts';
import { DirectoryStore } from '../../lake/store/directory-store.ts';
import { eventually } from '../support/eventually.ts';
import { createPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { EventReader } from '../support/servers/event-reader.ts';

const ACCOUNTS = 50;
const AMOUNT = 1_000;
const TOTAL = 2 * ACCOUNTS * AMOUNT;
const WRITERS = 4;
/** Readings of one kind at a time. */
const READERS = 2;
const FREEZE = 'front';

const SCHEMA = ['debits', 'credits']
  .map(
    (table) =>
      `create table ${table} (id int primary key, amount int not null); insert into ${table} select i, ${AMOUNT} from generate_series(1, ${ACCOUNTS}) i;`,
  )
  .join(' ');

const MODELS: Readonly<Record<string, string>> = {
  moved: 'SELECT d.id AS id, d.amount + c.amount AS amount\nFROM public.debits AS d\nJOIN public.credits AS c ON c.id = d.id',
  debits: 'SELECT id, amount FROM public.debits',
  credits: 'SELECT id, amount FROM public.credits',
};

const joined = (database: string): string =>
  `SELECT sum(d.amount + c.amount) FROM ${database}.debits AS d JOIN ${database}.credits AS c ON c.id = d.id`;

/** One SELECT of each kind; all have the same answer at every LSN. */
const KINDS = {
  'plain join': joined('public'),
  'scalar subqueries': 'SELECT (SELECT sum(amount) FROM public.debits) + (SELECT sum(amount) FROM public.credits)',
  freeze: joined(`${FREEZE}_public`),
  mart: 'SELECT sum(amount) FROM marts.moved',
  'two marts': joined('marts'),
} as const;
/** A watch is read as events; it has a SELECT of its own. */
type Kind = keyof typeof KINDS | 'watch';

/** Each is one distinct query, and answered as often as is allowed. */
const WATCHES = 12;
const WATCH_MS = 1_800_000;
/** The amount that moved is in the answer, so each answer differs from the last and is sent. */
const WATCHED = [
  'SELECT (SELECT sum(amount) FROM public.debits) AS d, (SELECT sum(amount) FROM public.credits) AS c, d + c AS both, {n} AS n',
  'SELECT sum(d.amount) AS d, sum(c.amount) AS c, sum(d.amount + c.amount) AS both, {n} AS n FROM public.debits AS d JOIN public.credits AS c ON c.id = d.id',
];

/** They go wrong soon, so fewer are enough. */
const PLAIN: readonly (keyof typeof KINDS)[] = ['plain join', 'scalar subqueries'];
const PLAIN_SHARE = 5;

/** Readings that were answered, and those whose sum was not the total. */
interface Readings {
  readonly count: number;
  readonly wrong: number;
}

interface FrontResult {
  readonly transactions: number;
  readonly perSecond: number;
  readonly freezes: number;
  readonly runs: number;
  readonly readings: Readonly<Record<Kind, Readings>>;
}

/**
 * Moves amounts between two tables of a source, a transaction at a time, while a freeze is moved
 * repeatedly and models are built from both tables. Reads their sum in six ways.
 */
export async function oneFront(
  url: string,
  { readings, rate, say }: { readonly readings: number; readonly rate: number; readonly say: (line: string) => void },
): Promise<FrontResult> {
  const writers = await Promise.all(Array.from({ length: WRITERS }, () => connected(url)));
  await writers[0]?.query(SCHEMA);
  await using pipeline = createPipeline({ source: url });
  const models = writeModels(pipeline);
  const run = pipeline.start(['run', '--sql-port', '0', '--http-port', '0', '--models', models]);
  const { sql, page } = (await run.event('ready', ({ sql: at }) => at !== undefined)) as unknown as { sql: string; page: string };
  await run.event('live');
  const awaited = await pipeline.cli(['await', '--table', 'marts.moved', '--timeout', '60s']);
  if (awaited.code !== 0) throw new Error(`the marts are not there: ${awaited.stderr}${run.stderr()}`);
  say('tables are live and marts are shown');
  const moving = move(writers, rate);
  const freezing = freezeAgain(pipeline);
  await freezing.first;
  const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[];
  const reading = async (kind: Kind, reads: Promise<Readings>): Promise<readonly [Kind, Readings]> => {
    const { count, wrong } = await reads;
    say(`${kind}: ${count} readings, ${wrong} wrong`);
    return [kind, { count, wrong }];
  };
  const done = await Promise.all([
    ...kinds.map((kind) => reading(kind, readAll(sql, KINDS[kind], PLAIN.includes(kind) ? Math.ceil(readings / PLAIN_SHARE) : readings))),
    reading('watch', watchAll(page, readings)),
  ]);
  const freezes = await freezing.stop();
  const moved = await moving.stop();
  const runs = Number(await ask(sql, "SELECT uniqExact(run) FROM tailrace.runs WHERE status = 'published'"));
  await Promise.all(writers.map((writer) => writer.end()));
  return { ...moved, freezes, runs, readings: Object.fromEntries(done) as Record<Kind, Readings> };
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  // The server may be stopped before it when something fails.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

function writeModels({ folder }: Pipeline): string {
  const directory = path.join(folder, 'models');
  mkdirSync(path.join(directory, 'marts'), { recursive: true });
  for (const [name, select] of Object.entries(MODELS))
    writeFileSync(path.join(directory, 'marts', `${name}.sql`), `-- One account.\n-- @kind table\n-- @key id\n-- @every 1s\n${select}\n`);
  mkdirSync(path.join(directory, 'reports'));
  for (let n = 0; n < WATCHES; n += 1)
    writeFileSync(
      path.join(directory, 'reports', `sums_${n}.sql`),
      `-- @every 100ms\n${WATCHED[n % WATCHED.length]?.replace('{n}', String(n))}\n`,
    );
  return directory;
}

interface Work<T> {
  /** Ends it, and says what it did. */
  stop(): Promise<T>;
}

/** Writers together commit `rate` transactions a second, as far as the machine can. */
function move(writers: readonly pg.Client[], rate: number): Work<{ transactions: number; perSecond: number }> {
  const over = new AbortController();
  let transactions = 0;
  const began = performance.now();
  const write = async (writer: pg.Client): Promise<void> => {
    while (!over.signal.aborted) {
      const dueMs = began + (transactions * 1_000) / rate;
      const early = dueMs - performance.now();
      if (early > 1) await new Promise((resolve) => setTimeout(resolve, early));
      transactions += 1;
      const id = 1 + (transactions % ACCOUNTS);
      await writer.query(
        `begin; update debits set amount = amount - 1 where id = ${id}; update credits set amount = amount + 1 where id = ${id}; commit`,
      );
    }
  };
  const work = Promise.all(writers.map(write));
  return {
    async stop() {
      over.abort();
      await work;
      return { transactions, perSecond: (transactions * 1_000) / (performance.now() - began) };
    },
  };
}

function freezeAgain({ lake }: Pipeline): Work<number> & { readonly first: Promise<void> } {
  const store = new DirectoryStore(lake);
  const first = Promise.withResolvers<void>();
  const { signal } = new AbortController();
  const over = new AbortController();
  let freezes = 0;
  const freeze = async (): Promise<void> => {
    const warehouseId = (await getPositions(store))[0]?.warehouseId ?? '';
    while (!over.signal.aborted) {
      const id = await putRequest(store, { kind: 'freeze', name: FREEZE, tables: null, warehouseId });
      const done = await answerOf(store, id, { signal, warehouseId });
      if (!done.ok) throw new Error(`not frozen: ${done.error}`);
      freezes += 1;
      first.resolve();
    }
  };
  const work = freeze().catch((error: unknown) => {
    first.reject(error);
    throw error;
  });
  return {
    first: first.promise,
    async stop() {
      over.abort();
      await work;
      return freezes;
    },
  };
}

async function readAll(sql: string, select: string, readings: number): Promise<Readings> {
  let begun = 0;
  let wrong = 0;
  const reader = async (): Promise<void> => {
    while (begun < readings) {
      begun += 1;
      if (Number(await ask(sql, select)) !== TOTAL) wrong += 1;
    }
  };
  await Promise.all(Array.from({ length: READERS }, reader));
  return { count: begun, wrong };
}

/** Reads events of all watches until `readings` are answers. Throws an error that a watch sends. */
async function watchAll(page: string, readings: number): Promise<Readings> {
  await using open = new AsyncDisposableStack();
  const readers: EventReader[] = [];
  for (let n = 0; n < WATCHES; n += 1) readers.push(open.use(await EventReader.open(`${page}watch?report=sums_${n}`)));
  const events = await eventually(
    () => {
      const all = readers.flatMap((reader) => reader.events);
      const trouble = all.find(({ event }) => event !== 'rows');
      if (trouble !== undefined) throw new Error(trouble.data);
      return all.length >= readings ? all : null;
    },
    `${readings} answers of watches`,
    WATCH_MS,
  );
  const sums = events.map(({ data }) => (JSON.parse(data) as { rows: number[][] }).rows[0]?.[2]);
  return { count: sums.length, wrong: sums.filter((sum) => Number(sum) !== TOTAL).length };
}

async function ask(sql: string, body: string): Promise<string> {
  const answer = await fetch(sql, { method: 'POST', body });
  const text = (await answer.text()).trim();
  if (answer.status !== 200) throw new Error(text);
  return text;
}
