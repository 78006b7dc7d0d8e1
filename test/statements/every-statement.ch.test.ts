/**
 * Every statement that the product can send parses: the engine's own parser reads each of them, as
 * `formatQuery`. `drive.ts` drives the product over one machine, a server and Cloud, in processes
 * of their own. Noted are the texts that the engine or the server got (`recording-door.ts`), and
 * which code ran (`recorder.ts`).
 *
 * That these are all of them is proved from the sources:
 * - each file of warehouse-sql was sent, except those for people;
 * - each line ran that sends a statement, fills a file, quotes text for ClickHouse or writes a part
 * of a statement (`marks.ts`).
 * Not covered: statements of users (models, tests, reports, queries), except the shop's; the data
 * of an INSERT that is sent as Arrow; and whether a server would also run what it has parsed.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync, readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { Profiler } from 'node:inspector';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { QUESTION, QUESTION_OF_THE_PAST } from '../../cli/demo/finale.ts';
import { silentLogger } from '../../core/log.ts';
import { EmbeddedEngine } from '../../warehouse/embedded-engine.ts';
import { STATEMENT_LIMITS, settingsSql } from '../../warehouse/engine-limits.ts';
import { literalCh } from '../../warehouse/names.ts';
import { createDatabase } from '../support/postgres.ts';
import { scratch } from '../support/scratch.ts';
import type { Scratch } from '../support/scratch.ts';
import { marksOf, ranAt } from './marks.ts';
import { BROKEN, ELSEWHERE, FOR_PEOPLE, NOT_DRIVEN, UNSENT, WRITERS } from './not-driven.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ROOMS = '{cli,compactor,core,lake,monitor,transformer,verifier,warehouse,watcher}/**/*.ts';
const PLACES = ['machine', 'server', 'cloud'] as const;
type Place = (typeof PLACES)[number];

/** The files whose statements the product sends to a warehouse. */
const TEMPLATES = globSync('warehouse-sql/*/*.sql', { cwd: ROOT }).filter((file) => !/verify-source-/.test(file));
/** A test that only has a header is none. */
const SHOP = globSync('warehouse-sql/shop/**/*.sql', { cwd: ROOT }).filter((file) =>
  texts([file]).some((text) => /^SELECT|^WITH/m.test(text)),
);

let notes: Scratch;
beforeAll(async () => {
  notes = await scratch('statements');
  await Promise.all(PLACES.map(drive));
}, 600_000);
afterAll(() => notes[Symbol.asyncDispose]());

/** Drives the product over one place, and waits for its end. */
async function drive(place: Place): Promise<void> {
  await using database = await createDatabase();
  const into = join(notes.path, place);
  await mkdir(into);
  const recorder = new URL(`./recorder.ts?into=${encodeURIComponent(into)}`, import.meta.url);
  const child = fork(new URL('./drive.ts', import.meta.url), [place, database.url], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, NODE_OPTIONS: `--import=${recorder.href}` },
  });
  let said = '';
  child.stderr?.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${place}: ${said}`);
}

function noted(place: Place, end: string): string[] {
  const folder = join(notes.path, place);
  return readdirSync(folder)
    .filter((name) => name.endsWith(end))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}

/** What was sent at a place, one of each form. */
function sent(place: Place): string[] {
  return onePerForm(
    noted(place, '.statements').flatMap((text) =>
      text
        .trim()
        .split('\n')
        .map((line): string => JSON.parse(line)),
    ),
  );
}

test.each(PLACES)('every statement parses: %s', async (place) => {
  await using folder = await scratch('parser');
  await using engine = await EmbeddedEngine.open({ directory: folder.path, log: silentLogger() });
  const statements = onePerForm(
    [...sent(place), ...texts(SHOP), ...texts(FOR_PEOPLE), QUESTION, QUESTION_OF_THE_PAST].flatMap((text) => [text, ...valuesOf(text)]),
  );
  expect(statements.length).toBeGreaterThan(200);
  const wrong: string[] = [];
  for (let at = 0; at < statements.length; at += AT_ONCE) {
    const all = statements.slice(at, at + AT_ONCE);
    const parsed = await engine.query<{ text: string | null }>(
      `SELECT formatQueryOrNull(arrayJoin([${all.map(literalCh).join(', ')}])) AS text SETTINGS ${settingsSql(STATEMENT_LIMITS)}`,
    );
    wrong.push(...all.filter((text, index) => parsed[index]?.text === null && !text.includes(`(${BROKEN}\n)`)));
  }
  expect(wrong).toEqual([]);
});

const AT_ONCE = 20;

/** Numbers do not change how a statement parses. */
function onePerForm(statements: readonly string[]): string[] {
  return [...new Map(statements.map((text) => [text.replaceAll(/\d+/g, '0'), text])).values()];
}

/** Statements as they stand, with something in their holes. */
function texts(files: readonly string[]): string[] {
  return files.map((file) => readFileSync(join(ROOT, file), 'utf8').replaceAll(/\{\{\w+\}\}/g, '1'));
}

/** The parser takes what stands behind VALUES for data, so the rows are parsed as expressions. */
function valuesOf(statement: string): string[] {
  const [, rows] = /^INSERT INTO [\s\S]*?\bVALUES\s([\s\S]*)$/.exec(statement) ?? [];
  return rows === undefined ? [] : [`SELECT ${rows}`];
}

test.each(PLACES)('every file of warehouse-sql was sent: %s', (place) => {
  // A hole at the end may have been filled with nothing.
  const all = sent(place).map((text) => `${text}\n`);
  const unsent = TEMPLATES.filter((file) => {
    const parts = partsOf(file);
    return !all.some((text) => hasInOrder(text, parts));
  });
  expect(unsent.toSorted()).toEqual([...FOR_PEOPLE, ...UNSENT[place]].toSorted());
});

/** What stands around the holes of a file. */
function partsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8').replace(/^--.*\n/gm, '');
  return text.trim().split(/\{\{\w+\}\}/);
}

function hasInOrder(text: string, parts: readonly string[]): boolean {
  let at = 0;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return true;
}

test('every line that makes or sends a statement has run', () => {
  const ran = new Map<string, Profiler.ScriptCoverage[]>();
  for (const text of PLACES.flatMap((place) => noted(place, '.ran.json')))
    for (const script of JSON.parse(text) as Profiler.ScriptCoverage[]) {
      const file = fileURLToPath(script.url.split('?')[0] ?? '').slice(ROOT.length);
      ran.set(file, [...(ran.get(file) ?? []), script]);
    }
  const names = new Set(TEMPLATES.map((file) => basename(file, '.sql')));
  const files = globSync(ROOMS, { cwd: ROOT }).filter((file) => !/\.(?:test|contract)\.ts$/.test(file) && !(file in ELSEWHERE));
  const missed = files.flatMap((file) => {
    const marks = marksOf(file, readFileSync(join(ROOT, file), 'utf8'), { templates: names, isWriter: WRITERS.includes(file) });
    return marks.filter(({ offset }) => !(ran.get(file) ?? []).some((script) => ranAt(script, offset))).map(({ says }) => says);
  });
  const known = Object.keys(NOT_DRIVEN);
  expect([...new Set(missed)].filter((says) => !known.some((part) => says.includes(part)))).toEqual([]);
  expect(known.filter((part) => !missed.some((says) => says.includes(part)))).toEqual([]);
});
