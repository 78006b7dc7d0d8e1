import { TailraceError } from '../../core/errors.ts';
import { table } from '../../core/figures.ts';
import { keyColumns } from '../../lake/row-columns.ts';
import { avroSchema, isRequired, jsonSchema, missingValue } from '../../lake/schemas/schema-export.ts';
import { versionText } from '../../lake/schemas/schema-history.ts';
import type { SchemaVersion } from '../../lake/schemas/schema-history.ts';
import { flagValue } from '../command.ts';
import { output } from '../outlet.ts';
import { namedVersion } from './named-version.ts';
import type { SchemaSubcommand } from './schema-subcommand.ts';

const EXPORTS: Readonly<Record<string, (version: SchemaVersion) => unknown>> = {
  'json-schema': (version) => jsonSchema(version.schema, versionText(version)),
  avro: ({ schema }) => avroSchema(schema),
};

export const show: SchemaSubcommand = {
  usage: 'TABLE[@N] [--as json-schema|avro] [--json]',
  summary: 'describe a version of a table, also as JSON Schema or Avro; without @N, the newest',
  about:
    'Describes a version of a table; without @N, the newest. --as prints the schema of `row` in the lines of `tailrace tap`, for registries and generators.',
  examples: ['tailrace schema show public.orders', 'tailrace schema show public.orders@2 --as avro > orders.avsc'],
  flags: [
    { name: 'as', placeholder: 'FORMAT', help: 'print it as json-schema or avro' },
    { name: 'json', help: 'print JSON, for programs' },
  ],
  words: [1, 1],
  run({ history, flags, words: [word = ''] }) {
    const version = namedVersion(history, word);
    const as = flagValue({ flags }, 'as');
    const exported = as === undefined ? undefined : EXPORTS[as];
    if (as !== undefined && exported === undefined)
      throw new TailraceError('BAD_ARGUMENT', `--as is "${as}"; allowed: ${Object.keys(EXPORTS).join(', ')}`);
    const described = description(version);
    if (exported !== undefined) output.say(`${JSON.stringify(exported(version), null, 2)}\n`);
    else output.say(flags.has('json') ? `${JSON.stringify(described, null, 2)}\n` : `${text(described).join('\n')}\n`);
    return 0;
  },
};

/** A version as `--json` has it. Field names are a contract. */
function description({ table: name, n, lsn, schema }: SchemaVersion) {
  return {
    table: name,
    version: n,
    lsn,
    key: keyColumns(schema).map((column) => column.name),
    appendOnly: schema.identity === 'append',
    columns: schema.columns.map((column) => ({
      name: column.name,
      attnum: column.attnum,
      type: column.typeName,
      notNull: isRequired(schema, column),
      ...(missingValue(column) === undefined ? {} : { missing: missingValue(column) }),
      ...(column.mask === undefined ? {} : { mask: column.mask }),
    })),
  };
}

function text({ table: name, version, lsn, key, columns }: ReturnType<typeof description>): string[] {
  const rows = columns.map((column) => [
    column.name,
    column.type,
    column.notNull ? 'NOT NULL' : '',
    key.includes(column.name) ? 'key' : '',
  ]);
  return [`${name}@${version} from ${lsn}`, '', ...table([['column', 'type', '', ''], ...rows])];
}
