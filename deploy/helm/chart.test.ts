import { globSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { expect, test } from 'vitest';
import { SETTINGS } from '../../core/config.ts';
import { ROLES } from '../../core/setting.ts';
import { ENVIRONMENTS } from '../environment.ts';

const read = (name: string): string => readFileSync(new URL(`tailrace/${name}`, import.meta.url), 'utf8');
const fromRoot = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

interface Values {
  readonly secrets: Readonly<Record<string, unknown>>;
  readonly roles: Readonly<Record<string, unknown>>;
}

test('chart and image have the version of the package', () => {
  const { version } = JSON.parse(fromRoot('package.json')) as { version: string };
  expect(parse(read('Chart.yaml'))).toMatchObject({ version, appVersion: version });
});

test('the chart has the environment files and the Prometheus rules, not copies that differ', () => {
  for (const name of ['base', ...ENVIRONMENTS])
    expect(read(`environments/${name}.yaml`)).toBe(fromRoot(`deploy/environments/${name}.yaml`));
  expect(read('rules.yml')).toBe(fromRoot('docker/prometheus/rules.yml'));
});

test('each role gets the secrets that it reads', () => {
  const [, table = ''] = /define "tailrace.secretReaders" -}}\n(.*?)\n\{\{- end/s.exec(read('templates/_helpers.tpl')) ?? [];
  const readers = parse(table) as Record<string, { variable: string; roles: string[] }>;
  const product = Object.fromEntries(
    Object.entries(readers).map(([name, { variable }]) => {
      const setting = SETTINGS.find(({ environment }) => environment === variable);
      return [name, { variable, roles: ROLES.filter((role) => setting?.readBy.includes(role)) }];
    }),
  );
  const sorted = Object.fromEntries(
    Object.entries(readers).map(([name, { variable, roles }]) => [name, { variable, roles: ROLES.filter((role) => roles.includes(role)) }]),
  );
  expect(sorted).toEqual(product);
  expect(Object.keys((parse(read('values.yaml')) as Values).secrets)).toEqual(Object.keys(readers));
});

test('the values know every role and every environment', () => {
  const { roles } = parse(read('values.yaml')) as Values;
  expect(new Set(Object.keys(roles))).toEqual(new Set(ROLES));
  const schema = JSON.parse(read('values.schema.json')) as { properties: { environment: { enum: string[] } } };
  expect(schema.properties.environment.enum).toEqual([...ENVIRONMENTS]);
});

test('nothing in the chart makes a Secret, a ServiceAccount or a right', () => {
  const templates = globSync('tailrace/templates/*.yaml', { cwd: import.meta.dirname });
  expect(templates.length).toBeGreaterThan(5);
  const kinds = templates.flatMap((name) =>
    [...read(name.replace('tailrace/', '')).matchAll(/^kind: (\w+)$/gm)].map(([, kind = '']) => kind),
  );
  expect(kinds.filter((kind) => /Secret|ServiceAccount|Role|Binding/.test(kind))).toEqual([]);
});
