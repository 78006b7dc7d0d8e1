import { runMonitor } from '../monitor/monitor.ts';
import { freshnessContract } from '../core/config.ts';
import type { Command } from './command.ts';
import { PLACES } from './command.ts';
import { heartbeatOf, sourceOf, warehouseChoice, withStore } from './ends.ts';
import { firstContact } from './first-contact.ts';
import { roleExitCode, runRole } from './role.ts';

export const command: Command = {
  usage: '',
  about:
    'One role of `run`, for a container of its own: looks at source, lake and warehouse once a second and serves a page for people, /metrics for ' +
    'Prometheus and /status (as `status --json`) on loopback.',
  examples: ['tailrace monitor --source postgres://me@db/shop --lake s3://my-bucket/shop --http-port 8124'],
  flags: [],
  words: [0, 0],
  settings: [...PLACES, 'httpPort', 'sla', 'freshness', 'source.heartbeat', 'logLevel'],
  exits: { 0: 'stopped by SIGTERM or SIGINT', 1: 'it needs a person; the last line says what to do', 2: 'it could not begin: arguments' },
  run: (context) =>
    runRole(context, async ({ config, log, signal, emit }) => {
      if (process.send === undefined) await firstContact(config, log, 'read');
      await withStore(config, (store) =>
        runMonitor({
          source: sourceOf(config, 'monitor'),
          store,
          warehouse: warehouseChoice(config),
          tables: config.tables ?? null,
          slaMs: config.sla,
          contract: freshnessContract(config),
          heartbeatMs: heartbeatOf(config, store),
          httpPort: config.httpPort ?? null,
          log,
          signal,
          onServing: (url) => emit({ event: 'ready', role: 'monitor', page: `${url}/`, metrics: `${url}/metrics` }),
          onReport: (report) => emit({ event: 'status', report }),
        }),
      );
    }),
  exitOf: roleExitCode,
};
