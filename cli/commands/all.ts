import type { CommandName } from '../../core/setting.ts';
import type { Command } from '../command.ts';

interface CommandEntry<C extends CommandName> {
  readonly name: C;
  readonly summary: string;
  /** Loaded on demand, so that help and argument errors are instant. */
  load(): Promise<{ command: Command<C> }>;
}

type AnyCommandEntry = { [C in CommandName]: CommandEntry<C> }[CommandName];

export const COMMANDS: readonly AnyCommandEntry[] = [
  { name: 'demo', summary: 'a sample shop in its own Postgres: replicated, queried and verified', load: () => import('./demo.ts') },
  { name: 'check', summary: 'is the source ready, what will it cost, and what SQL fixes the rest', load: () => import('./check.ts') },
  { name: 'run', summary: 'replicate: all roles, restarted if they die', load: () => import('./run.ts') },
  { name: 'replicate', summary: 'one role: from the WAL into the lake', load: () => import('./replicate.ts') },
  { name: 'snapshot', summary: 'one role: from existing rows into the lake', load: () => import('./snapshot.ts') },
  { name: 'compact', summary: 'one role: from the lake into the warehouse, with its SQL endpoint', load: () => import('./compact.ts') },
  { name: 'transform', summary: 'one role: from the tables into models', load: () => import('./transform.ts') },
  { name: 'monitor', summary: 'one role: page, /metrics, /status and alerts', load: () => import('./monitor.ts') },
  { name: 'status', summary: 'how far behind each table is, and why', load: () => import('./status.ts') },
  { name: 'alert', summary: 'send a test alert over every channel', load: () => import('./alert.ts') },
  { name: 'verify', summary: 'prove that source and warehouse are equal at one position', load: () => import('./verify.ts') },
  { name: 'test', summary: 'run the tests of models and show the rows that fail', load: () => import('./test.ts') },
  { name: 'await', summary: 'wait until a position is applied', load: () => import('./await.ts') },
  { name: 'sql', summary: 'query the warehouse, read-only', load: () => import('./sql.ts') },
  { name: 'watch', summary: 'answer a query or report again whenever its tables change', load: () => import('./watch.ts') },
  { name: 'resync', summary: 'copy tables again while the old rows stay readable; recovers from a gap', load: () => import('./resync.ts') },
  { name: 'pause', summary: 'let a role rest, for a time or until it is resumed', load: () => import('./pause.ts') },
  { name: 'resume', summary: 'retry parked tables from where they stopped, or end the pause of a role', load: () => import('./resume.ts') },
  { name: 'rebuild', summary: 'build the warehouse again from the lake', load: () => import('./rebuild.ts') },
  { name: 'base', summary: 'write the present rows of tables into the lake, so that old batches may go', load: () => import('./base.ts') },
  { name: 'freeze', summary: 'keep all tables at one position under a name: NAME, ls, drop NAME', load: () => import('./freeze.ts') },
  { name: 'models', summary: 'list models: their state, or the graph of what reads what', load: () => import('./models.ts') },
  { name: 'export', summary: 'write a table or model as Parquet, at one position', load: () => import('./export.ts') },
  { name: 'config', summary: 'print every setting, its value and where it is from', load: () => import('./config.ts') },
  { name: 'teardown', summary: "drop this lake's slots and publications on the source", load: () => import('./teardown.ts') },
  { name: 'schema', summary: 'versions of tables, and which changes break a reader: ls, show, diff', load: () => import('./schema.ts') },
  { name: 'tap', summary: 'print every change as a line of JSON, in order, from any position', load: () => import('./tap.ts') },
  { name: 'lake', summary: 'show what is in the lake: ls, show N, cat N TABLE', load: () => import('./lake.ts') },
];
