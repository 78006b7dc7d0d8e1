import { table } from '../../core/figures.ts';
import { matchNamed } from '../../core/table-glob.ts';
import { changeText, schemaDifference } from '../../lake/schemas/schema-difference.ts';
import type { SchemaChange } from '../../lake/schemas/schema-difference.ts';
import type { SchemaVersion } from '../../lake/schemas/schema-history.ts';
import { output } from '../outlet.ts';
import type { SchemaSubcommand } from './schema-subcommand.ts';

export const ls: SchemaSubcommand = {
  usage: '[TABLE…] [--json]',
  summary: 'list the versions of tables, each with its position and its class',
  about:
    'Lists the versions of tables in order, each with the position where it begins and what changed. ' +
    'The class says who can go on: full (every reader), backward (readers with the new schema read older rows), forward (readers with the old schema read newer rows), breaking (neither).',
  examples: ['tailrace schema ls', "tailrace schema ls 'public.*' --json"],
  flags: [{ name: 'json', help: 'print JSON, for programs' }],
  words: [0, Number.MAX_SAFE_INTEGER],
  run({ history, config, words, flags }) {
    const named = history.tables.map((versions) => ({ table: versions.at(-1)?.table ?? '', versions }));
    const known = matchNamed(config.tables ?? null, named);
    const tables = matchNamed(words.length === 0 ? null : words, known).toSorted((a, b) => (a.table < b.table ? -1 : 1));
    const listed = tables.map((one) => ({ table: one.table, versions: one.versions.map(listedVersion) }));
    output.say(flags.has('json') ? `${JSON.stringify({ tables: listed }, null, 2)}\n` : `${text(listed).join('\n')}\n`);
    return 0;
  },
};

/** A version in the listing. `table` is its name then. Field names are a contract. */
interface ListedVersion {
  readonly version: number;
  readonly table: string;
  readonly lsn: string;
  /** null: it is the first. */
  readonly class: string | null;
  readonly changes: readonly SchemaChange[];
}

function listedVersion(version: SchemaVersion, index: number, versions: readonly SchemaVersion[]): ListedVersion {
  const before = versions[index - 1];
  const found = before === undefined ? null : schemaDifference(before.schema, version.schema);
  return { version: version.n, table: version.table, lsn: version.lsn, class: found?.class ?? null, changes: found?.changes ?? [] };
}

function text(tables: readonly { readonly table: string; readonly versions: readonly ListedVersion[] }[]): string[] {
  const rows = tables.flatMap(({ table: name, versions }) =>
    versions.map(({ version, lsn, class: of, changes }) => [`${name}@${version}`, lsn, of ?? 'first', changes.map(changeText).join('; ')]),
  );
  return rows.length === 0 ? ['the lake has no schemas yet'] : table([['version', 'from', 'class', 'changes'], ...rows]);
}
