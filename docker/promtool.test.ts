import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { metricsText } from '../monitor/metrics-text.ts';
import { PROMTOOL_MISSING, promtool } from '../test/support/servers/promtool.ts';
import { scratch } from '../test/support/scratch.ts';
import { monitorReport } from '../test/support/status-report.ts';

const FOLDER = new URL('prometheus/', import.meta.url).pathname;

/** Every `expr` of a dashboard, at any depth of its panels. */
function expressionsOf(panel: unknown): string[] {
  if (typeof panel !== 'object' || panel === null) return [];
  const own = 'expr' in panel && typeof panel.expr === 'string' ? [panel.expr] : [];
  return [...own, ...Object.values(panel).flatMap(expressionsOf)];
}

test('Prometheus accepts the rules', async ({ skip }) => {
  const verdict = (await promtool(['check', 'rules', 'rules.yml'], FOLDER)) ?? skip(PROMTOOL_MISSING);
  expect(verdict).toEqual({ passed: true, output: expect.stringMatching(/SUCCESS: \d+ rules found/) });
});

test('the rules fire when they should, and only then', async ({ skip }) => {
  const verdict = (await promtool(['test', 'rules', 'rules.test.yml'], FOLDER)) ?? skip(PROMTOOL_MISSING);
  expect(verdict).toEqual({ passed: true, output: expect.stringContaining('SUCCESS') });
});

test('Prometheus accepts every expression of the dashboard', async ({ skip }) => {
  const dashboard: unknown = JSON.parse(readFileSync(new URL('grafana/tailrace.json', import.meta.url), 'utf8'));
  const rules = expressionsOf(dashboard).map((expr, index) => ({ record: `panel:${index}`, expr }));
  expect(rules.length).toBeGreaterThan(10);
  await using folder = await scratch('dashboard');
  // JSON is YAML.
  writeFileSync(join(folder.path, 'rules.yml'), JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
  const verdict = (await promtool(['check', 'rules', 'rules.yml'], folder.path)) ?? skip(PROMTOOL_MISSING);
  expect(verdict).toEqual({ passed: true, output: expect.stringContaining(`SUCCESS: ${rules.length} rules found`) });
});

test('Prometheus accepts the answer of /metrics', async ({ skip }) => {
  const text = await metricsText(monitorReport({ lakeSpace: { bytes: 1, freeBytes: 2 } }));
  const verdict = (await promtool(['check', 'metrics'], FOLDER, text)) ?? skip(PROMTOOL_MISSING);
  expect(verdict).toEqual({ passed: true, output: '' });
});
