import { KINDS } from '../core/column-kinds.ts';
import { postgresText, TEXTS } from './postgres-text.ts';
import type { PlainKind } from '../core/column-kinds.ts';
import type { ColumnType } from '../core/column-type.ts';
import { shownType } from '../core/shown-column.ts';
import { OTHER_TYPES, POSTGRES_TYPES } from '../core/postgres-types.ts';
import type { PostgresType } from '../core/postgres-types.ts';
import { page, table } from './docs-pages.ts';
import { TYPES_EXAMPLE } from './types-example.ts';

/** docs/TYPES.md: the mapping of each type, from the tables that the code uses. */
export function typesPage(): string {
  return page('Types', [
    'How rows of Postgres look in the warehouse, then type by type.',
    '',
    ...example(),
    '## What is kept',
    '',
    'Each type of Postgres has one type in the lake (Arrow) and one in the warehouse (ClickHouse).',
    'Nothing is ever lost: a value that the typed column cannot hold is kept as the exact text that Postgres prints.',
    "That text is in the map `_tr_exact` of the view `<table>__exact`, under the column's name.",
    '',
    'This gives the exact Postgres text of **any** value of column `x`, with the expression of its type below:',
    "`if(mapContains(_tr_exact, 'x'), _tr_exact['x'], <expression>)` over `<table>__exact`.",
    '',
    "It is the text of the type's output function (`format('%s', x)` in Postgres) under these settings:",
    '`DateStyle = ISO`, `IntervalStyle = postgres`, `TimeZone = UTC`, `extra_float_digits = 1`, `bytea_output = hex`, `lc_monetary = C`, `search_path = pg_catalog`.',
    '',
    '## Typed',
    '',
    ...table(
      [
        'Postgres',
        'Arrow',
        'ClickHouse, where it may be NULL',
        'Exact text from the column',
        'Kept in `_tr_exact`, and the stand-in in the column',
      ],
      POSTGRES_TYPES.filter((type) => type.notTyped === undefined).map(typedRow),
    ),
    '',
    ...NOTES,
    '',
    '## NULL',
    '',
    ...NULLS,
    '',
    '## Kept as the exact text, not typed, and why',
    '',
    'Arrow `Utf8`, ClickHouse `Nullable(String)`; the column itself is the exact text.',
    '',
    ...table(
      ['Postgres', 'Why'],
      [
        ...groups().map(([why, names]) => [names.map((name) => `\`${name}\``).join(', '), why]),
        ...OTHER_TYPES.map(({ what, notTyped }) => [what, notTyped]),
      ],
    ),
    '',
    '## Long expressions',
    '',
    ...longExpressions(),
  ]);
}

/** Ordinary rows, and rows with values that do not fit. */
function example(): string[] {
  const { source, columns, exact, query, answer } = TYPES_EXAMPLE;
  const kept = Object.entries(exact).map(([name, text]) => `\`${name}\` → ${text === null ? 'NULL' : `\`${text}\``}`);
  return [
    '```sql',
    ...source.map((statement) => `${statement};`),
    '```',
    '',
    'The view `public.orders`:',
    '',
    ...table(
      ['Column', 'ClickHouse', 'Row 1', 'Row 2'],
      columns.map(([name, type, one, other]) => [`\`${name}\``, `\`${type}\``, cell(one), cell(other)]),
    ),
    '',
    'Row 2 has values that their columns cannot hold.',
    `The view \`public.orders__exact\` has one column more, the map \`_tr_exact\`: ${kept.join(', ')}.`,
    '',
    '```sql',
    query,
    ...answer.map((line) => `-- ${line.replaceAll('\t', '   ')}`),
    '```',
    '',
  ];
}

function cell(text: string): string {
  return text === '\\N' ? 'NULL' : `\`${text}\``;
}

const NULLS = [
  '* A column is not Nullable if a validated constraint of the table says NOT NULL.',
  '  NOT NULL of a domain does not count, and neither does a constraint that is NOT VALID.',
  '* A column that became NOT NULL is searched first, and stays Nullable while a row has a NULL in it.',
  '  A NULL can still arrive, as from before DROP NOT NULL and SET NOT NULL were seen.',
  '  It makes the column Nullable before its row is shown.',
  '  The column stays Nullable until the shape of the table changes again or the table is copied.',
  '* NaN of a `numeric` that is NOT NULL is such a NULL too, because a Decimal has no NaN.',
  '  Its text is in `_tr_exact`.',
  '* An interval or a point is `Nullable(Tuple(…))`, so `IS NULL` finds it, where ClickHouse has the setting `enable_nullable_tuple_type`.',
  '  The embedded engine has it.',
  '  Elsewhere every part is NULL: use `isNull(tupleElement(x, 1))`.',
  '* ClickHouse has no Nullable arrays and maps.',
  '  NULL of an array, an hstore or a vector is shown empty and is in `_tr_exact`.',
  "  To find it, use `mapContains(_tr_exact, 'x') AND isNull(_tr_exact['x'])` over `<table>__exact`.",
  '* A row that a LEFT JOIN did not find is NULL in every column under `join_use_nulls = 1`, even in columns that are not Nullable themselves.',
  '  Arrays and maps are empty there.',
];

const NOTES = [
  '* `numeric(p, s)` with p up to 76 digits is a Decimal: a negative scale gives `Decimal(p - s, 0)`, a scale above the precision `Decimal(s, s)`.',
  '* `numeric` without precision is `Decimal(76, 38)`.',
  '  With more than 76 digits it is `Decimal(76, s)`, where s is the scale, cut to 38 when digits before the point need the room.',
  '  A value with more digits is in `_tr_exact`, and the column has the nearest value.',
  '  Trailing zeros are not part of a value there: 1.50 is 1.5.',
  '  So the exact text of the value in the column is `toString(x)`.',
  '* A lake of an earlier version may have a column as text that has a type now.',
  '  The next start asks for a new copy of its table, which stays readable as it was until the copy is there.',
  '* An enum is its label, `LowCardinality(Nullable(String))`, in a key `String`.',
  '  A domain has the type of its base type.',
  "* An array is `Array(Nullable(…))` of its element's type (`Array(…)` for maps and vectors).",
  '  Its exact text is given below.',
  '  In `_tr_exact` are:',
  '  NULL (as NULL; the column is empty), arrays of more than one dimension or with a lower bound other than 1 (empty), and arrays with an element that its type cannot hold.',
  '* In a key nothing is Nullable, and arrays, tuples, maps and vectors are their exact text.',
  '  The exact text of key values that do not fit their column is part of the sort key (`_tr_key_exact`).',
  '  So two keys that differ in Postgres are two rows.',
  '* ClickHouse prints and computes with times of the years 0 to 9999; the 64-bit microseconds below are exact in any year.',
];

/** Longest expression that fits into a cell. */
const SHORT = 200;

/** The kinds whose expression is too long for a cell, each once with its types; arrays last. */
function longExpressions(): string[] {
  const kinds = POSTGRES_TYPES.flatMap((type) => (type.notTyped === undefined && type.kind !== 'numeric' ? [type.kind] : [])).filter(
    isLong,
  );
  const scalars = [...new Set(kinds)].map((kind): [string, ColumnType] => [titleOf(kind), { kind }]);
  const array: [string, ColumnType] = [
    'an array, here of `text` (`t` is the text of an element)',
    { kind: 'array', element: { kind: 'text' } },
  ];
  return [...scalars, array].flatMap(([title, type]) => [`${title}:`, '', '```sql', postgresText(type, 'x'), '```', '']);
}

function isLong(kind: PlainKind): boolean {
  return TEXTS[kind]('x').length > SHORT;
}

function titleOf(kind: PlainKind): string {
  const names = POSTGRES_TYPES.flatMap((type) => (type.notTyped === undefined && type.kind === kind ? type.names : []));
  return names.map((name) => `\`${name}\``).join(', ');
}

function typedRow(type: PostgresType): string[] {
  const names = type.names.map((name) => `\`${name}\``).join(', ');
  if (type.kind === 'numeric')
    return [
      names,
      KINDS.numeric.arrow,
      '`Nullable(Decimal(p, s))`, without precision `Nullable(Decimal(76, 38))`',
      `\`${TEXTS.numeric('x')}\``,
      KINDS.numeric.beside,
    ];
  const { arrow, beside } = KINDS[type.kind];
  return [names, arrow, `\`${shownType({ kind: type.kind }, { notNull: false, nullableTuples: true })}\``, expression(type.kind), beside];
}

function expression(kind: PlainKind): string {
  return isLong(kind) ? 'below' : `\`${TEXTS[kind]('x')}\``;
}

/** Names by what they share the reason with. */
function groups(): [string, string[]][] {
  const byReason = new Map<string, string[]>();
  for (const { names, extension, notTyped } of POSTGRES_TYPES) {
    if (notTyped === undefined) continue;
    const shown = names.map((name) => (extension === undefined ? name : `${name} (${extension})`));
    byReason.set(notTyped, [...(byReason.get(notTyped) ?? []), ...shown]);
  }
  return [...byReason];
}
