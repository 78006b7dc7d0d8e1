import { writeFileSync } from 'node:fs';
import path from 'node:path';

/** The option of an engine that lets its only user do this much, with files in a folder. */
export function grantedUser(folder: string, grants: readonly string[]): string {
  const [config, users] = [path.join(folder, 'config.xml'), path.join(folder, 'users.xml')];
  writeFileSync(config, `<clickhouse><users_config>${users}</users_config></clickhouse>`);
  writeFileSync(users, usersFile(grants));
  return `--config-file=${config}`;
}

function usersFile(grants: readonly string[]): string {
  const user = `<password></password><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
    <grants>${grants.map((grant) => `<query>${grant}</query>`).join('')}</grants>`;
  return `<clickhouse><profiles><default/></profiles><quotas><default/></quotas><users><default>${user}</default></users></clickhouse>`;
}
