import type { Command } from '../command.ts';

interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** Loaded only when asked for, so that help and argument errors are instant. */
  load(): Promise<{ command: Command }>;
}

export const COMMANDS: readonly CommandEntry[] = [
  { name: 'demo', summary: 'a shop in an embedded Postgres, replicated and verified before your eyes', load: () => import('./demo.ts') },
  { name: 'check', summary: 'is the source ready? what will it cost? the SQL that fixes what is not', load: () => import('./check.ts') },
  { name: 'run', summary: 'replicate: all roles, each in a process of its own', load: () => import('./run.ts') },
  { name: 'replicate', summary: 'one role: the WAL into the lake', load: () => import('./replicate.ts') },
  { name: 'snapshot', summary: 'one role: existing rows into the lake', load: () => import('./snapshot.ts') },
  { name: 'compact', summary: 'one role: the lake into the warehouse, with its SQL endpoint', load: () => import('./compact.ts') },
  { name: 'monitor', summary: 'one role: page, /metrics and /status', load: () => import('./monitor.ts') },
  { name: 'status', summary: 'where everything stands', load: () => import('./status.ts') },
  { name: 'alert', summary: 'send a test alert over every channel', load: () => import('./alert.ts') },
  { name: 'verify', summary: 'compare source and warehouse at one position', load: () => import('./verify.ts') },
  { name: 'await', summary: 'return when a position has been applied', load: () => import('./await.ts') },
  { name: 'sql', summary: 'query the warehouse, read-only', load: () => import('./sql.ts') },
  { name: 'resync', summary: 'copy tables anew beside the old ones; the way out of a gap', load: () => import('./resync.ts') },
  { name: 'resume', summary: 'let parked tables try again from where they stopped', load: () => import('./resume.ts') },
  { name: 'rebuild', summary: 'build the warehouse anew from the lake', load: () => import('./rebuild.ts') },
  { name: 'teardown', summary: 'drop our slots and publications from the source', load: () => import('./teardown.ts') },
  { name: 'lake', summary: 'show what the lake holds: ls, show N, cat N TABLE', load: () => import('./lake.ts') },
];
