import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { METRICS } from '../core/metrics.ts';
import { ALERT_KINDS } from '../monitor/alert.ts';
import { configPage, errorsPage, metricsPage } from './docs-pages.ts';
import { logEvents, logsPage } from './logs-page.ts';
import { typesPage } from './types-page.ts';

const written = (name: string): string => readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8');

test('docs/CONFIG.md says what the schema says (npm run docs)', () => {
  expect(written('CONFIG.md')).toBe(configPage());
});

test('docs/ERRORS.md says what the registry says (npm run docs)', () => {
  expect(written('ERRORS.md')).toBe(errorsPage());
});

test('docs/METRICS.md says what the registry says (npm run docs)', () => {
  expect(written('METRICS.md')).toBe(metricsPage());
});

test('docs/LOGS.md has every event that the code logs, each under one name (npm run docs)', () => {
  expect(written('LOGS.md')).toBe(logsPage());
  expect(logEvents().length).toBeGreaterThan(50);
});

test('docs/RUNBOOK.md has an entry for each kind of alert, and no other', () => {
  const entries = [...written('RUNBOOK.md').matchAll(/^## (\S+)$/gm)].map(([, kind]) => kind);
  expect(new Set(entries)).toEqual(new Set(ALERT_KINDS));
  expect(entries.length).toBe(ALERT_KINDS.length);
});

test.each(['prometheus/rules.yml', 'grafana/tailrace.json'])(
  'docker/%s asks for metrics that exist, and for entries of the runbook',
  (file) => {
    const text = readFileSync(new URL(`../docker/${file}`, import.meta.url), 'utf8');
    const asked = [...text.matchAll(/\btailrace_\w+/g)].map(([name]) => name);
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((name) => !(name in METRICS))).toEqual([]);
    const entries = [...text.matchAll(/RUNBOOK\.md#([a-z-]+)/g)].map(([, entry]) => entry);
    expect(entries.filter((entry) => !ALERT_KINDS.some((kind) => kind === entry))).toEqual([]);
  },
);

test('a Prometheus rule links the entry of each kind of alert', () => {
  const rules = readFileSync(new URL('../docker/prometheus/rules.yml', import.meta.url), 'utf8');
  const stages = ['source', 'replicator', 'lake', 'compactor'];
  const linked = [...rules.matchAll(/RUNBOOK\.md#(\{\{ \$labels\.stage \}\})?([a-z-]+)/g)].flatMap(([, byStage, entry = '']) =>
    byStage === undefined ? [entry] : stages.map((stage) => stage + entry),
  );
  // No metric says that a slot is lost. Nothing is within its target then, so
  // TailraceNotWithinSla fires.
  const without: readonly string[] = ['slot-lost', 'test'];
  expect(ALERT_KINDS.filter((kind) => !linked.includes(kind))).toEqual(without);
});

test('docs/TYPES.md says what the table of types says, and every type that is not typed says why (npm run docs)', () => {
  expect(written('TYPES.md')).toBe(typesPage());
  expect(typesPage()).not.toMatch(/\blost\b(?<!ever lost)/);
});
