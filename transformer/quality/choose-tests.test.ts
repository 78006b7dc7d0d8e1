import { expect, test } from 'vitest';
import type { Folder, Model } from '../folder/model.ts';
import { parseModelTest } from '../folder/model-test.ts';
import { chooseTests } from './choose-tests.ts';

function model(id: string, key: readonly string[], lines: readonly string[]): Model {
  const [database = '', name = ''] = id.split('.');
  const tests = lines.map((line, at) => {
    const found = parseModelTest(line, at);
    if ('wrong' in found) throw new Error(found.wrong);
    return found;
  });
  const rest = {
    file: '',
    about: '',
    kind: 'view',
    by: [],
    every: null,
    cron: null,
    select: '',
    tables: [],
    inputs: [],
    hash: '',
  } as const;
  return { id: name === 'Order' ? `${database}."Order"` : id, database, name, key, tests, ...rest };
}

const FOLDER: Pick<Folder, 'models' | 'tests'> = {
  models: [
    model('stg.Order', [], ['accepted state: a, b']),
    model('marts.orders', ['id'], ['references c: public.customers.id', 'rows >= 1']),
    model('marts.bare', [], []),
  ],
  tests: [
    {
      name: 'no_orphans',
      file: 'tests/no_orphans.sql',
      about: '',
      severity: 'error',
      every: null,
      cron: null,
      select: null,
      reconcile: ['*.*'],
    },
  ],
};

test.each<[string[], string[], string[]]>([
  [[], ['accepted state: a, b', 'key id', 'references c: public.customers.id', 'rows >= 1'], ['no_orphans']],
  [['marts.orders'], ['key id', 'references c: public.customers.id', 'rows >= 1'], []],
  [['stg.Order'], ['accepted state: a, b'], []],
  [['stg."Order"'], ['accepted state: a, b'], []],
  [['marts.*'], ['key id', 'references c: public.customers.id', 'rows >= 1'], []],
  [['references*', 'no_*'], ['references c: public.customers.id'], ['no_orphans']],
  [['rows >= 1', 'no_orphans'], ['rows >= 1'], ['no_orphans']],
])('%j', (names, checks, files) => {
  const chosen = chooseTests(FOLDER, names);
  expect([chosen.checks.map((check) => check.test.test), chosen.files.map(({ name }) => name)]).toEqual([checks, files]);
});

test.each([
  [['marts.orders', 'marts.order'], 'no test and no model is named marts.order.'],
  [['marts.bare'], 'the model marts.bare has no test.'],
  [['no.orphans'], 'no test and no model is named no.orphans.'],
])('%j is refused', (names, message) => {
  expect(() => chooseTests(FOLDER, names)).toThrow(`BAD_ARGUMENT: ${message}`);
});
