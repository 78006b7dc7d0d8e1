import type { Config } from '../core/config.ts';
import { TailraceError } from '../core/errors.ts';

/** The directory of models, which some commands need. Throws BAD_CONFIG when it is not set. */
export function requireModels(config: Pick<Config, 'models'>): string {
  if (config.models !== undefined) return config.models;
  throw new TailraceError('BAD_CONFIG', 'models is not set; allowed: a directory', { hint: 'Give --models or set TAILRACE_MODELS.' });
}
