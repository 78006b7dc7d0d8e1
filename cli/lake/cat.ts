import { matchNamed } from '../../core/table-glob.ts';
import { decodeNamedFile } from '../../lake/arrow-read.ts';
import { fileRows } from '../../lake/file-rows.ts';
import { output } from '../outlet.ts';
import { notThere, numberOf } from './batch-number.ts';
import { goneFile } from './gone-file.ts';
import type { LakeSubcommand } from './subcommand.ts';

export const cat: LakeSubcommand = {
  usage: 'N TABLE',
  summary: 'print the rows of a table in batch N',
  about: 'Prints the rows of a table in batch N, one per line, with tabs between the fields; NULL is \\N.',
  examples: ['tailrace lake cat 42 public.orders'],
  flags: [],
  words: [2, 2],
  async run({ store, manifests, config, words: [n = '', name = ''] }) {
    const manifest = await manifests.read(numberOf(n));
    if (manifest === null) return notThere(`there is no batch ${n}`);
    const files = matchNamed([name], matchNamed(config.tables ?? null, manifest.files, true), true);
    if (files.length === 0)
      return notThere(
        `batch ${n} has no rows of ${name}; it has ${manifest.files.map((file) => file.table).join(', ') || 'no rows at all'}`,
      );
    for (const file of files) {
      const content = await store.get(file.path);
      if (content === null) throw await goneFile(store, file, manifest.number);
      const decoded = decodeNamedFile(content, file);
      output.say(`${decoded.fields.join('\t')}\n`);
      for (const row of fileRows(file, decoded)) output.say(`${row.map(cell).join('\t')}\n`);
    }
    return 0;
  },
};

/** Escaped like COPY text, so that a row is one line. */
function cell(value: string | null): string {
  if (value === null) return '\\N';
  return value.replace(/[\\\t\n\r]/g, (letter) => ({ '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' })[letter] ?? letter);
}
