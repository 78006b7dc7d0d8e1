import type { Pipeline } from '../support/pipeline.ts';

/** The output of a command that ends with 0; throws what it said when it ends with another code. */
export async function answerOf(pipeline: Pipeline, args: string[]): Promise<string> {
  const { code, stdout, stderr } = await pipeline.cli(args);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${(stdout + stderr).slice(-1000)}`);
  return stdout;
}
