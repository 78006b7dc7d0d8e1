import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { count, table } from '../../core/figures.ts';
import type { StatusReport } from '../../monitor/status.ts';
import type { Engine } from '../../warehouse/engine.ts';

const VIEWS = `SELECT model FROM tailrace.models WHERE kind = 'view'`;
const RESULTS = `SELECT check AS test, table, severity, argMax(ok, at) AS passed, toUInt32(argMax(failures, at)) AS failing
FROM tailrace.quality WHERE check != 'verify' GROUP BY test, table, severity ORDER BY severity, table, test`;

/** The setting `table`: the demo asks for the past of orders, the models for that of customers. */
export const SHOP_HISTORIES = JSON.stringify({ 'public.orders': { history: 'forever' }, 'public.customers': { history: 'forever' } });

interface TestResult {
  readonly test: string;
  readonly table: string;
  readonly severity: string;
  readonly passed: boolean;
  readonly failing: number;
}

/** The models of the shop: in the checkout, or one level up when this runs from `dist/cli/demo`. */
export function shopModels(): string {
  const places = ['../../warehouse-sql/shop', '../../../warehouse-sql/shop'].map((place) => fileURLToPath(new URL(place, import.meta.url)));
  return places.find((place) => existsSync(place)) ?? '';
}

/** Whether each model has had its first run, good or not. */
export function areModelsBuilt({ models }: Pick<StatusReport, 'models'>): boolean {
  return models.length > 0 && models.every(({ asOf, state }) => asOf !== null || state === 'failed' || state === 'skipped');
}

/** Names of the models that store nothing: they are as fresh as what they read. */
export async function viewsOf(engine: Engine): Promise<Set<string>> {
  return new Set((await engine.query<{ model: string }>(VIEWS)).map(({ model }) => model));
}

/** The newest result of each test as text: how many passed, and a line for each other one. */
export async function testLines(engine: Engine): Promise<string[]> {
  const results = await engine.query<TestResult>(RESULTS);
  const [failed, warned] = ['error', 'warn'].map((severity) => results.filter((one) => !one.passed && one.severity === severity));
  const passed = results.length - (failed?.length ?? 0) - (warned?.length ?? 0);
  const rows = [...(failed ?? []), ...(warned ?? [])].map(({ severity, table: tested, test, failing }) => [
    severity,
    tested === test ? test : `${tested}: ${test}`,
    `${count(failing)} rows`,
  ]);
  return [
    `tests of the models: ${passed} passed, ${warned?.length ?? 0} warned, ${failed?.length ?? 0} failed`,
    ...(rows.length === 0 ? [] : table(rows, [2]).map((line) => `  ${line}`)),
  ];
}
