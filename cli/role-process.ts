import { COMMANDS } from './commands/all.ts';
import { serveRoles } from './run/serve-roles.ts';

// A process that `run` starts: its arguments are the roles that it may be asked for.
serveRoles(process.argv.slice(2), (role) => {
  const entry = COMMANDS.find(({ name }) => name === role);
  if (entry === undefined) throw new Error(`no role is called ${role}`);
  return entry.load();
});
