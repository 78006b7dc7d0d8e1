import type { Model } from './model.ts';

/** What is wrong with a model, for its colour. */
export type GraphMark = 'failed' | 'skipped' | 'late';

/** How a node looks: text before and after its quoted label. */
const SHAPES = {
  source: ['[(', ')]'],
  view: ['(', ')'],
  table: ['[', ']'],
  incremental: ['[[', ']]'],
} as const;

/** Fill, border and text are all given, so that dark and light pages show the same. */
const COLOURS = {
  source: 'fill:#e8eef7,stroke:#4a6fa5,color:#1b2a41',
  view: 'fill:#ffffff,stroke:#6b7280,color:#111827',
  table: 'fill:#e9f5ec,stroke:#2f855a,color:#14321f',
  incremental: 'fill:#e9f5ec,stroke:#2f855a,color:#14321f,stroke-width:2px',
  failed: 'fill:#fde8e8,stroke:#c53030,color:#63171b,stroke-width:3px',
  skipped: 'fill:#f3f4f6,stroke:#c53030,color:#63171b,stroke-dasharray:4 3',
  late: 'fill:#fef3c7,stroke:#b7791f,color:#5f370e,stroke-width:3px',
} as const;

interface Node {
  readonly name: string;
  readonly database: string;
  readonly look: keyof typeof SHAPES;
  readonly mark: GraphMark | null;
}

/**
 * The graph of models as a Mermaid flowchart: one box per database, an arrow from each input to its
 * reader, a shape for each kind. Marked models have a colour and the mark in their label.
 */
export function graphText(
  models: readonly Pick<Model, 'id' | 'database' | 'name' | 'kind' | 'tables' | 'inputs'>[],
  marks: ReadonlyMap<string, GraphMark> = new Map(),
): string {
  const nodes = new Map<string, Node>();
  const modelIds = new Set(models.map(({ id }) => id));
  for (const { inputs, tables } of models) {
    for (const [at, { database, name }] of tables.entries()) {
      const id = inputs[at] ?? '';
      if (!modelIds.has(id)) nodes.set(id, { name, database, look: 'source', mark: null });
    }
  }
  for (const { id, database, name, kind } of models) nodes.set(id, { name, database, look: kind, mark: marks.get(id) ?? null });
  const numbers = new Map([...nodes.keys()].map((id, at) => [id, `n${at}`]));
  const boxes = Map.groupBy(nodes, ([, { database }]) => database);
  const used = new Set([...nodes.values()].flatMap(({ look, mark }) => (mark === null ? [look] : [look, mark])));
  return [
    'flowchart LR',
    ...[...boxes].flatMap(([database, within], at) => [
      `  subgraph d${at}[${quoted(database)}]`,
      ...within.map(([id, node]) => `    ${numbers.get(id) ?? ''}${drawn(node)}`),
      '  end',
    ]),
    ...models.flatMap(({ id, inputs }) => inputs.map((input) => `  ${numbers.get(input) ?? ''} --> ${numbers.get(id) ?? ''}`)),
    ...Object.entries(COLOURS).flatMap(([name, style]) => (used.has(name as keyof typeof COLOURS) ? [`  classDef ${name} ${style}`] : [])),
    '',
  ].join('\n');
}

function drawn({ name, look, mark }: Node): string {
  const [open, close] = SHAPES[look];
  const below = mark ?? (look === 'source' ? null : look);
  return `${open}${quoted(name, below)}${close}:::${mark ?? look}`;
}

/** A label; Mermaid reads entities in it. */
function quoted(text: string, below: string | null = null): string {
  const safe = text.replace(/[#"<>&]/g, (letter) => `#${letter.charCodeAt(0)};`);
  return `"${safe}${below === null ? '' : `<br/><i>${below}</i>`}"`;
}
