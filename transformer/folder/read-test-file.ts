import { isTableGlob, parseGlobs } from '../../core/config-value.ts';
import { badModel } from '../../core/sql-header.ts';
import type { SqlFile } from '../../core/sql-header.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { idOf } from './databases.ts';
import { Header } from './header.ts';
import type { FolderFile } from './list-files.ts';
import type { TestFile } from './model.ts';
import { readSelect } from './read-select.ts';

const KEYS = ['severity', 'every', 'cron', 'timezone', 'reconcile'];

/** The text of `DIR/tests/NAME.sql` → a test. BAD_MODEL for what its text alone shows. */
export async function readTestFile(at: FolderFile, text: SqlFile, engine: Pick<Engine, 'query'>): Promise<TestFile> {
  const header = new Header(at.path, text.headers, KEYS);
  const about = {
    name: at.name,
    file: at.file,
    about: text.about,
    severity: header.word('severity', ['error', 'warn']),
    ...header.timing(),
  };
  const reconcile = header.one('reconcile');
  if (reconcile === null) {
    const { select, tables } = await readSelect(at.path, text, engine);
    return { ...about, select, tables, inputs: tables.map(idOf), reconcile: null };
  }
  if (text.body !== '') throw badModel(at.path, text.bodyLine, '@reconcile stands above a SELECT', 'Keep one of the two.');
  const globs = parseGlobs(reconcile.value);
  if (globs === null || !globs.every(isTableGlob))
    throw header.bad(reconcile, '@reconcile names no table', 'Write tables or globs such as public.orders, public.*.');
  return { ...about, select: null, reconcile: globs };
}
