/**
 * Preloaded into the processes that send statements. It notes every text that the embedded engine
 * gets, and which code of the product ran. `?into=` of its own address says in which folder.
 */
import { writeFileSync } from 'node:fs';
import { Session as Inspector } from 'node:inspector';
import type { Profiler } from 'node:inspector';
import { join } from 'node:path';
import { NOTES, noteStatement } from './note-statement.ts';

const into = new URL(import.meta.url).searchParams.get('into') ?? '';
process.env[NOTES] = into;

const inspector = new Inspector();
inspector.connect();
inspector.post('Profiler.enable');
// Whether it ran, not how often: code that has run costs no more.
inspector.post('Profiler.startPreciseCoverage', { callCount: false, detailed: true });
process.on('exit', () => {
  inspector.post('Profiler.takePreciseCoverage', (error, taken) => {
    if (error === null) writeFileSync(join(into, `${process.pid}.ran.json`), JSON.stringify(taken.result.filter(isOurs)));
  });
});

if (process.argv[1]?.endsWith('engine-child.ts') === true) {
  const { Session } = await import('chdb');
  for (const method of ['query', 'queryAsync'])
    Reflect.set(Session.prototype, method, new Proxy(Reflect.get(Session.prototype, method) as Query, { apply: noted }));
}

type Query = (statement: string, ...more: readonly unknown[]) => unknown;

function noted(query: Query, session: unknown, asked: Parameters<Query>): unknown {
  noteStatement(asked[0]);
  return Reflect.apply(query, session, asked);
}

function isOurs({ url }: Profiler.ScriptCoverage): boolean {
  return url.startsWith('file:') && !url.includes('/node_modules/');
}
