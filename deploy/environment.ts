import { fileURLToPath } from 'node:url';
import { readConfigFile } from '../cli/config-file.ts';
import type { ConfigFile } from '../core/sections/resolve-config.ts';

/** The environments that compose, chart and Terraform know; each has a file beside base.yaml. */
export const ENVIRONMENTS = ['local', 'dev', 'test', 'staging', 'production'] as const;

/** The folder of base.yaml and the file of each environment. */
export const ENVIRONMENT_FOLDER = fileURLToPath(new URL('environments/', import.meta.url));

/** The files of an environment as the product layers them: base.yaml, then its own file. */
export function layeredSettings(name: string): Promise<ConfigFile[]> {
  return Promise.all(['base', name].map((file) => readConfigFile(`${ENVIRONMENT_FOLDER}${file}.yaml`)));
}
