import { runTool } from '../../../deploy/check/tool.ts';
import type { Verdict } from '../../../deploy/check/tool.ts';

/** What to say where it is missing. */
export const PROMTOOL_MISSING = 'promtool is not there: apt-get install prometheus';

/**
 * Runs Prometheus's own checker in `folder`; null where it is not installed, which is an error when
 * CI is set.
 */
export async function promtool(args: readonly string[], folder: string, input = ''): Promise<Pick<Verdict, 'passed' | 'output'> | null> {
  const verdict = await runTool('promtool', args, folder, input);
  if (verdict === null && process.env['CI'] !== undefined) throw new Error(PROMTOOL_MISSING);
  return verdict === null ? null : { passed: verdict.passed, output: verdict.output };
}
