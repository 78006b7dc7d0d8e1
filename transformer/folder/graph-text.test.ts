import { expect, test } from 'vitest';
import { graphText } from './graph-text.ts';

const model = (database: string, name: string, kind: 'view' | 'table' | 'incremental', ...reads: (readonly [string, string])[]) => ({
  id: `${database}.${name}`,
  database,
  name,
  kind,
  tables: reads.map(([from, table]) => ({ database: from, name: table })),
  inputs: reads.map(([from, table]) => `${from}.${table}`),
});

test('a graph has each table once, in the box of its database, with shapes for kinds and colours for trouble', () => {
  const models = [
    model('stg', 'items', 'view', ['public', 'items']),
    model('marts', 'fct', 'incremental', ['public', 'orders'], ['stg', 'items']),
    model('marts', 'top', 'table', ['marts', 'fct']),
    model('marts', 'a "b" <c>', 'view', ['marts', 'top']),
  ];
  const marks = new Map([
    ['marts.fct', 'failed'],
    ['marts.top', 'skipped'],
  ] as const);
  expect(graphText(models, marks)).toBe(`flowchart LR
  subgraph d0["public"]
    n0[("items")]:::source
    n1[("orders")]:::source
  end
  subgraph d1["stg"]
    n2("items<br/><i>view</i>"):::view
  end
  subgraph d2["marts"]
    n3[["fct<br/><i>failed</i>"]]:::failed
    n4["top<br/><i>skipped</i>"]:::skipped
    n5("a #34;b#34; #60;c#62;<br/><i>view</i>"):::view
  end
  n0 --> n2
  n1 --> n3
  n2 --> n3
  n3 --> n4
  n4 --> n5
  classDef source fill:#e8eef7,stroke:#4a6fa5,color:#1b2a41
  classDef view fill:#ffffff,stroke:#6b7280,color:#111827
  classDef table fill:#e9f5ec,stroke:#2f855a,color:#14321f
  classDef incremental fill:#e9f5ec,stroke:#2f855a,color:#14321f,stroke-width:2px
  classDef failed fill:#fde8e8,stroke:#c53030,color:#63171b,stroke-width:3px
  classDef skipped fill:#f3f4f6,stroke:#c53030,color:#63171b,stroke-dasharray:4 3
`);
});

test('without trouble there are no colours of it, and without models no nodes', () => {
  expect(graphText([model('marts', 'a', 'view')])).not.toContain('failed');
  expect(graphText([])).toBe('flowchart LR\n');
});
