import fc from 'fast-check';
import { type Elements, arrayLiteral } from './literal.ts';
import type { Scale } from './scale.ts';
import type { TypeCase, Written } from './type-case.ts';

/** A column of a table under judgement. */
export interface PlannedColumn {
  readonly name: string;
  readonly declared: string;
  /** What messages call it. */
  readonly says: string;
  readonly delimiter: string;
  /** Written one after the other, and again from the start. */
  readonly values: readonly Written[];
}

/** One table of many types: each as it is, in arrays, and below two domains. */
export interface TablePlan {
  readonly name: string;
  readonly setup: readonly string[];
  readonly columns: readonly PlannedColumn[];
  readonly rows: number;
}

/** Longer values are not put into arrays, except one. */
const LONG = 2000;
/** Longer ones are left out where everything has to be quick. */
const QUICK = 20_000;

export function planTable(name: string, cases: readonly TypeCase[], { random, seed, full }: Scale): TablePlan {
  const setup: string[] = [];
  const columns = cases.flatMap((one, i) => {
    const { type, delimiter = ',' } = one;
    const edges = one.edges.filter((edge) => full || typeof edge !== 'string' || edge.length <= QUICK);
    const drawn = one.random === undefined ? [] : fc.sample(one.random, { numRuns: random, seed: seed + i });
    const values = [null, ...edges, ...drawn];
    const domain = `public.d_${name}_${i}`;
    setup.push(`create domain ${domain}_base as ${type}`, `create domain ${domain} as ${domain}_base`);
    const plain = { name: `v${i}`, declared: type, says: type, delimiter, values };
    // Another order, so that equal rows are not the rule.
    const below = { name: `d${i}`, declared: domain, says: `domain over domain over ${type}`, delimiter, values: values.toReversed() };
    if (one.arrays === false) return [plain, below];
    const [, bare = type, collation = ''] = /^(.*?)( collate .*)?$/.exec(type) ?? [];
    return [
      plain,
      below,
      {
        name: `a${i}`,
        declared: `${bare}[]${collation}`,
        says: `${bare}[]`,
        delimiter,
        values: arrays({ edges, delimiter }, drawn, { random, seed: seed + i }),
      },
    ];
  });
  return { name, setup, columns, rows: Math.max(...columns.map(({ values }) => values.length)) };
}

function arrays(
  { edges, delimiter }: { edges: readonly Written[]; delimiter: string },
  drawn: readonly string[],
  { random, seed }: { random: number; seed: number },
): Written[] {
  const texts = edges.filter((edge): edge is string => typeof edge === 'string');
  const elements = [...texts, ...drawn].filter((text) => text.length <= LONG);
  const [one = null, two = one] = elements;
  const fixed: { elements: Elements; bounds?: string }[] = [
    { elements: [] },
    { elements: [null] },
    { elements: [null, null] },
    { elements: [...elements, null] },
    ...elements.slice(0, 4 * random).map((element) => ({ elements: [element] })),
    { elements: [one, two], bounds: '[0:1]' },
    { elements: [one], bounds: '[-2147483648:-2147483648]' },
    { elements: [[one], [two]] },
    {
      elements: [
        [one, null],
        [null, two],
      ],
      bounds: '[5:6][-1:0]',
    },
    { elements: [[[one, two]]] },
    ...texts
      .filter((text) => text.length > LONG)
      .slice(0, 1)
      .map((text) => ({ elements: [text, one] })),
  ];
  const shapes = fc.sample(
    fc.array(fc.option(fc.constantFrom(...(elements.length === 0 ? [null] : elements)), { freq: 4 }), { maxLength: 6 }),
    {
      numRuns: random,
      seed,
    },
  );
  return [
    null,
    ...[...fixed, ...shapes.map((shape) => ({ elements: shape }))].map(({ elements: all, ...bounds }) =>
      arrayLiteral(all, { delimiter, ...bounds }),
    ),
  ];
}
