import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { ENVIRONMENTS } from '../environment.ts';
import { TOP } from './known-names.ts';
import { runTool } from './tool.ts';
import type { Verdict } from './tool.ts';

const CHART = 'deploy/helm/tailrace';
/** Kinds of the Prometheus operator, whose schemas no package brings. */
const WITHOUT_SCHEMA = /^WARN .*Couldn't find schema for kind (?:ServiceMonitor|PrometheusRule) .*\n?/gm;

/** Values of an environment, and of one with everything that the chart can do. */
const VALUES: Readonly<Record<string, object>> = {
  ...Object.fromEntries(ENVIRONMENTS.map((environment) => [environment, valuesOf(environment)])),
  everything: {
    ...valuesOf('dev'),
    settings: { tables: 'public.*', alert: { mailTo: 'ops@example.com' } },
    secrets: Object.fromEntries(['sqlToken', 'maskSalt', 'alertWebhook', 'alertSmtp'].map((key) => [key, { secret: 'tailrace', key }])),
    lake: { region: 'eu-central-1', endpoint: 'http://lake:7070', keysSecret: 'lake-keys' },
    roles: { transform: { enabled: true, models: '/models', volume: { configMap: { name: 'models' } } } },
    image: { repository: 'registry.internal/tailrace', pullSecrets: ['registry'] },
    nodeSelector: { 'kubernetes.io/arch': 'arm64' },
    serviceMonitor: { enabled: true },
    prometheusRule: { enabled: true },
  },
  standby: { environment: 'production', roles: { compact: { replicas: 2 }, transform: { enabled: true, models: '/models' } } },
};

/** Values that the schema or a template refuses, and what it says. */
const REFUSED: readonly { readonly values: object; readonly says: RegExp }[] = [
  { values: { settings: { httpToken: 'secret' } }, says: /settings\/httpToken/ },
  { values: { settings: { alert: { webhook: 'https://example.com' } } }, says: /settings\/alert\/webhook/ },
  { values: { image: { tag: 'latest' } }, says: /image\/tag/ },
  { values: { environment: 'prod' }, says: /environment/ },
  { values: { replicas: 2 }, says: /replicas/ },
  { values: { embedded: { enabled: true }, roles: { compact: { replicas: 2 } } }, says: /an embedded warehouse has one owner/ },
];

function valuesOf(environment: string): object {
  return { environment, embedded: { enabled: !['staging', 'production'].includes(environment) } };
}

/**
 * Lints, renders and validates the chart for each environment; packages it; compares its rules.
 * Rendered files stay in `folder`. Null where Helm or the validator is missing.
 */
export async function checkChart(folder: string): Promise<Verdict | null> {
  const faults: string[] = [];
  for (const [name, values] of Object.entries(VALUES)) {
    const given = path.join(folder, `${name}.json`);
    writeFileSync(given, JSON.stringify(values));
    const linted = await helm('lint', given);
    const rendered = await helm('template', given);
    if (linted === null || rendered === null) return null;
    for (const verdict of [linted, rendered]) if (!verdict.passed) faults.push(`${name}: ${verdict.output}`);
    const file = path.join(folder, `${name}.yaml`);
    writeFileSync(file, rendered.stdout ?? '');
    const valid = await runTool('kubernetes-validate', ['--strict', file], folder);
    if (valid === null) return null;
    const complaint = valid.output
      .replace(/^INFO .*\n?/gm, '')
      .replace(WITHOUT_SCHEMA, '')
      .trim();
    if (!valid.passed || complaint !== '') faults.push(`${name}: ${complaint}`);
  }
  faults.push(...rulesDiffer(path.join(folder, 'everything.yaml')), ...(await notRefused(folder)), ...(await notPackaged(folder)));
  return { passed: faults.length === 0, output: faults.join('\n') };
}

/** Helm's library through Python: `pip install helm-python-sdk`. Null when it is not installed. */
async function helm(command: 'lint' | 'template' | 'package', given: string): Promise<Verdict | null> {
  const verdict = await runTool('python3', [path.join(import.meta.dirname, 'helm.py'), command, CHART, given], TOP);
  return verdict?.output.includes("No module named 'helm_python'") === true ? null : verdict;
}

function rulesDiffer(rendered: string): string[] {
  const documents = parseAllDocuments(readFileSync(rendered, 'utf8')).map(
    (document) => document.toJS() as { kind?: string; spec?: unknown } | null,
  );
  const ours: unknown = parse(readFileSync(path.join(TOP, 'docker/prometheus/rules.yml'), 'utf8'));
  const theirs = documents.find((document) => document?.kind === 'PrometheusRule')?.spec;
  return JSON.stringify(sorted(theirs)) === JSON.stringify(sorted(ours)) ? [] : ['the PrometheusRule is not docker/prometheus/rules.yml'];
}

/** The same value with the keys of all maps in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([key, part]) => [key, sorted(part)]),
  );
}

async function notRefused(folder: string): Promise<string[]> {
  const faults: string[] = [];
  const given = path.join(folder, 'refused.json');
  for (const { values, says } of REFUSED) {
    writeFileSync(given, JSON.stringify(values));
    const verdict = await helm('template', given);
    if (verdict?.passed !== false || !says.test(verdict.output))
      faults.push(`${JSON.stringify(values)} is not refused: ${verdict?.output.slice(-300)}`);
  }
  return faults;
}

async function notPackaged(folder: string): Promise<string[]> {
  const packed = await helm('package', folder);
  const listing = packed?.passed === true ? await runTool('tar', ['-tzf', packed.stdout?.trim() ?? ''], folder) : packed;
  const missing = ['base', ...ENVIRONMENTS].filter((name) => listing?.output.includes(`tailrace/environments/${name}.yaml`) !== true);
  return missing.map((name) => `the package has no ${name}.yaml: ${listing?.output}`);
}
