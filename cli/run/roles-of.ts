import type { Config } from '../../core/config.ts';
import { ROLES } from '../../core/setting.ts';
import type { RoleName } from '../../core/setting.ts';

/** The roles that `run` starts with a configuration; `transform` needs a directory of models. */
export function rolesOf(config: Pick<Config, 'models'>): RoleName[] {
  return ROLES.filter((role) => role !== 'transform' || config.models !== undefined);
}
