import { createHash } from 'node:crypto';
import type { SqlFile } from '../../core/sql-header.ts';
import type { Engine } from '../../warehouse/engine.ts';
import { idOf } from './databases.ts';
import type { FolderFile } from './list-files.ts';
import { Header } from './header.ts';
import type { Follow, Model } from './model.ts';
import { parseModelTest } from './model-test.ts';
import type { ModelTest } from './model-test.ts';
import { readSelect } from './read-select.ts';

const KEYS = ['kind', 'key', 'by', 'every', 'cron', 'timezone', 'test'];

/** A model with what only its judges need. */
export interface ReadModel extends Model {
  /** As errors name its file. */
  readonly path: string;
  /** Line of the statement, and of each header that names columns. */
  readonly lines: { readonly select: number; readonly key: number; readonly by: readonly number[] };
  /** Lower-case names of the functions that its SELECT calls. */
  readonly functions: readonly string[];
}

/** The text of `DIR/<database>/<name>.sql` → a model. BAD_MODEL for what its text alone shows. */
export async function readModel(at: FolderFile, text: SqlFile, engine: Pick<Engine, 'query'>): Promise<ReadModel> {
  const header = new Header(at.path, text.headers, KEYS, ['by', 'test']);
  const kind = header.word('kind', ['view', 'table', 'incremental']);
  const key = columnList(header, 'key');
  const timing = header.timing();
  const tests = header.all('test').map((line): ModelTest => {
    const found = parseModelTest(line.value, line.line);
    if ('wrong' in found) throw header.bad(line, found.wrong, 'Correct the test.');
    return found;
  });
  const { select, tables, functions } = await readSelect(at.path, text, engine);
  const inputs = tables.map(idOf);
  const by = follows(header, inputs);
  const [first] = header.all('by');
  if (first && kind !== 'incremental') throw header.bad(first, `@by has no meaning for a ${kind}`, 'Add @kind incremental, or remove @by.');
  const kindLine = header.one('kind');
  if (kind === 'incremental' && kindLine) {
    if (key.length === 0) throw header.bad(kindLine, 'an incremental model needs @key', 'Add @key with the columns that are unique.');
    if (by.length === 0)
      throw header.bad(kindLine, 'an incremental model needs @by', 'Add @by OUTPUT = INPUT: EXPRESSION for each input that is followed.');
  }
  const content = JSON.stringify([select, kind, key, by]);
  return {
    id: idOf({ database: at.folder, name: at.name }),
    database: at.folder,
    name: at.name,
    file: at.file,
    about: text.about,
    kind,
    key,
    by,
    ...timing,
    tests,
    select,
    tables,
    inputs,
    hash: createHash('sha256').update(content).digest('hex').slice(0, 32),
    path: at.path,
    lines: { select: text.bodyLine, key: header.one('key')?.line ?? 0, by: header.all('by').map(({ line }) => line) },
    functions,
  };
}

/** Columns after a key, written as in `@test unique`; none when the key is not there. */
function columnList(header: Header, key: string): readonly string[] {
  const line = header.one(key);
  if (line === null) return [];
  const found = parseModelTest(`unique ${line.value}`, line.line);
  if ('wrong' in found || found.kind !== 'unique')
    throw header.bad(line, `@${key} is not a list of columns`, 'Write them as in: order_id, line.');
  return found.columns;
}

const NAME = String.raw`(?:\w+|"(?:[^"]|"")+"|\x60(?:[^\x60]|\x60\x60)+\x60)`;
const FOLLOW = new RegExp(String.raw`^(${NAME})\s*=\s*(${NAME})\s*\.\s*(${NAME})\s*:\s*(\S.*)$`, 's');

function follows(header: Header, inputs: readonly string[]): Follow[] {
  const found: Follow[] = [];
  for (const line of header.all('by')) {
    const [, output = '', database = '', name = '', expression = ''] = FOLLOW.exec(line.value) ?? [];
    if (output === '')
      throw header.bad(
        line,
        '@by is not of the form "OUTPUT = DATABASE.TABLE: EXPRESSION"',
        'Write it as in: order_id = public.orders: id.',
      );
    const follow = { output: bare(output), input: idOf({ database: bare(database), name: bare(name) }), expression };
    if (!inputs.includes(follow.input))
      throw header.bad(line, `@by follows ${follow.input}, which the SELECT does not read`, `Name one of ${inputs.join(', ')}.`);
    if (found.some(({ input }) => input === follow.input))
      throw header.bad(line, `@by follows ${follow.input} twice`, 'Keep one line per input.');
    const other = found.find((one) => one.output !== follow.output);
    if (other) throw header.bad(line, `@by has the outputs ${other.output} and ${follow.output}`, 'Use one OUTPUT in all lines.');
    found.push(follow);
  }
  return found;
}

function bare(name: string): string {
  const quote = name.charAt(0);
  return quote === '"' || quote === '`' ? name.slice(1, -1).replaceAll(quote + quote, quote) : name;
}
