import type { Config } from '../../core/config.ts';
import { TailraceError } from '../../core/errors.ts';
import { ROLES } from '../../core/setting.ts';
import type { RoleName } from '../../core/setting.ts';

/**
 * The roles that `run` starts with a configuration; `transform` needs a directory of models. Throws
 * BAD_CONFIG when something else needs it too.
 */
export function rolesOf(config: Pick<Config, 'models' | 'export'>): RoleName[] {
  if (config.models === undefined && config.export !== undefined)
    throw new TailraceError('BAD_CONFIG', 'export is set, but models is not; allowed: a directory', {
      hint: 'The role that builds models serves exports too. An empty directory will do.',
    });
  return ROLES.filter((role) => role !== 'transform' || config.models !== undefined);
}
