import { TailraceError } from '../../core/errors.ts';
import { matchNamed } from '../../core/table-glob.ts';
import { decodeNamedFile } from '../../lake/arrow-read.ts';
import { openLake, placeOf } from '../../lake/lake-identity.ts';
import { fileRows } from '../../lake/file-rows.ts';
import { listGenerations } from '../../lake/snapshot-log.ts';
import { ManifestLog } from '../../lake/manifest-log.ts';
import type { Manifest } from '../../lake/manifest.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import type { Command, CommandContext } from '../command.ts';
import { CANNOT_TELL } from '../command.ts';
import { withStore } from '../ends.ts';
import { bytes, table } from '../../core/figures.ts';
import { lakeListing } from '../lake-listing.ts';
import { errors, output } from '../outlet.ts';

export const command: Command<'lake'> = {
  usage: 'ls | show [N] | cat N TABLE',
  about:
    'Shows the contents of the lake. `ls` lists the copies and the newest batches. `show N` describes batch N; without N, the newest batch. `cat N TABLE` prints the rows of a table in batch N, ' +
    'one per line, with tabs between the fields; NULL is \\N.',
  examples: ['tailrace lake ls', 'tailrace lake show 42', 'tailrace lake cat 42 public.orders'],
  flags: [],
  words: [1, 3],
  exits: { 0: 'done', 1: 'there is no such batch, or it does not have the table', 2: CANNOT_TELL },
  run: (context) =>
    withStore(context.config, async (store) => {
      const lake = await openLake(store, null);
      const log = new ManifestLog(store, context.log);
      const [what = '', n, name] = context.words;
      const globs = context.config.tables ?? null;
      if (what === 'ls' && n === undefined) {
        const listing = await lakeListing(store, log, globs);
        return print([`${placeOf(store)}: lake ${lake.id} of database ${lake.source.database}`, '', ...listing]);
      }
      if (what === 'show' && n === undefined) return show(store, { manifest: await log.last(), n: 'yet', globs });
      if (what === 'show' && n !== undefined && name === undefined) return show(store, { manifest: await log.read(numberOf(n)), n, globs });
      if (what === 'cat' && n !== undefined && name !== undefined) return cat(store, await log.read(numberOf(n)), context);
      throw new TailraceError(
        'BAD_ARGUMENT',
        `"${context.words.join(' ')}" is not a subcommand of lake; allowed: ls, show [N], cat N TABLE`,
        { hint: 'See `tailrace lake --help`.' },
      );
    }),
};

function numberOf(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new TailraceError('BAD_ARGUMENT', `"${text}" is not a batch number`, { hint: 'See `tailrace lake ls`.' });
}

/** A glob that matches no table of the batch is no error: another batch or a copy may have it. */
async function show(store: ObjectStore, asked: { manifest: Manifest | null; n: string; globs: readonly string[] | null }): Promise<number> {
  const { manifest, n, globs } = asked;
  if (manifest === null) return missing(`there is no batch ${n}`);
  const entries = [...manifest.catalog, ...manifest.files];
  const about = matchNamed(globs, entries, true);
  if (globs !== null) matchNamed(globs, [...entries, ...(await listGenerations(store)).map(({ plan }) => plan)]);
  const files = manifest.files
    .filter((file) => about.includes(file))
    .map((file) => [
      file.table,
      ...[file.rows, file.inserts, file.updates, file.deletes, file.truncates, file.keyChanges, file.unchanged].map(String),
      bytes(file.bytes),
      file.path,
    ]);
  return print([
    `batch ${manifest.number} of epoch ${manifest.epoch}, written by ${manifest.writer}${manifest.heartbeat ? ' (heartbeat)' : ''}`,
    `from ${manifest.from} to ${manifest.to}, committed ${manifest.commitTimes?.join(' – ') ?? 'nothing'}`,
    ...manifest.catalog
      .filter((event) => about.includes(event))
      .map((event) => `catalog: ${event.kind} ${event.table} ${event.reason ?? ''}`.trimEnd()),
    ...(files.length === 0
      ? []
      : [
          '',
          ...table(
            [['table', 'rows', 'inserts', 'updates', 'deletes', 'truncates', 'key changes', 'unchanged', 'size', 'file'], ...files],
            [1, 2, 3, 4, 5, 6, 7, 8],
          ),
        ]),
  ]);
}

async function cat(store: ObjectStore, manifest: Manifest | null, { config, words }: CommandContext<'lake'>): Promise<number> {
  const [, n = '', name = ''] = words;
  if (manifest === null) return missing(`there is no batch ${n}`);
  const files = matchNamed([name], matchNamed(config.tables ?? null, manifest.files, true), true);
  if (files.length === 0)
    return missing(`batch ${n} has no rows of ${name}; it has ${manifest.files.map((file) => file.table).join(', ') || 'no rows at all'}`);
  for (const file of files) {
    const content = await store.get(file.path);
    if (content === null) throw new TailraceError('LAKE_CORRUPT', `${file.path} is missing`);
    const decoded = decodeNamedFile(content, file);
    output.say(`${decoded.fields.join('\t')}\n`);
    for (const row of fileRows(file, decoded)) output.say(`${row.map(cell).join('\t')}\n`);
  }
  return 0;
}

/** Escaped like COPY text, so that a row is one line. */
function cell(value: string | null): string {
  if (value === null) return '\\N';
  return value.replace(/[\\\t\n\r]/g, (letter) => ({ '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' })[letter] ?? letter);
}

function print(lines: readonly string[]): number {
  output.say(`${lines.join('\n')}\n`);
  return 0;
}

function missing(what: string): number {
  errors.say(`BAD_ARGUMENT: ${what}. See \`tailrace lake ls\`.\n`);
  return 1;
}
