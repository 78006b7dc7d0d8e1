import { fileURLToPath } from 'node:url';
import { readConfigFile } from '../cli/config-file.ts';

/** The environments that compose, chart and Terraform know; each has a file beside base.yaml. */
export const ENVIRONMENTS = ['local', 'dev', 'test', 'staging', 'production'] as const;

/** The folder of base.yaml and the file of each environment. */
export const ENVIRONMENT_FOLDER = fileURLToPath(new URL('environments/', import.meta.url));

/** The settings of an environment as the product layers them: base.yaml, then its own file. */
export async function layeredSettings(name: string): Promise<Map<string, string>> {
  const layers = [];
  for (const file of ['base', name]) layers.push(await readConfigFile(`${ENVIRONMENT_FOLDER}${file}.yaml`));
  return new Map(layers.flatMap((layer) => [...layer]));
}
