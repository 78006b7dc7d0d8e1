import { resolve } from 'node:path';
import { requireSource } from '../../core/config.ts';
import type { Config } from '../../core/config.ts';
import { placeOf } from '../../lake/lake-identity.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import type { PipelinePlaces } from '../../monitor/pipeline.ts';
import { openServed } from '../../warehouse/open-served.ts';
import { ReportFolder } from '../../watcher/report-folder.ts';
import { watchRoutes } from '../../watcher/watch-routes.ts';
import { Watcher } from '../../watcher/watcher.ts';
import { describeAddress, parseSourceUrl } from '../../postgres/session/source-url.ts';
import { runMonitor } from '../../monitor/monitor.ts';
import { openChannels } from '../../monitor/channels.ts';
import type { Command } from '../command.ts';
import { warehouseIdOf, withoutUser, withStore } from '../ends.ts';
import { firstContact } from '../run/first-contact.ts';
import { alertChannels } from '../alert-channels.ts';
import { lookOptions } from '../look.ts';
import type { RoleReport } from '../../monitor/role-report.ts';
import { roleExitCode, roleExits, runRole } from '../run/role.ts';
import { version } from '../package-version.ts';

export const command: Command<'monitor'> = {
  usage: '',
  about:
    'One role of `run`, to run in its own container: checks source, lake and warehouse once a second. It serves a web page, /metrics for ' +
    'Prometheus, /status (the same as `status --json`) and /watch on loopback, and sends alerts by webhook, command and mail (docs/RUNBOOK.md).',
  examples: ['tailrace monitor --source postgres://me@db/shop --lake s3://my-bucket/shop --http-port 8124'],
  flags: [],
  words: [0, 0],
  exits: roleExits('arguments'),
  printsEvents: true,
  run: (context) =>
    runRole({ ...context, ownProbes: true }, async ({ config, log, signal, emit, on, alone }) => {
      const channels = alertChannels(config);
      let roles: readonly RoleReport[] = [];
      on('roles', (event) => (roles = event.roles));
      if (alone) await firstContact(config, log, 'read');
      await withStore(config, async (store) => {
        const openReader = () => openServed(config.warehouse, log);
        await using watcher = new Watcher({
          store,
          warehouseId: warehouseIdOf(config),
          openReader,
          log,
          onAsked: () => emit({ event: 'asked' }),
        });
        on('moved', () => watcher.moved());
        await using reports = new ReportFolder(config.models ?? null);
        await runMonitor({
          ...lookOptions(config, store, { role: 'monitor', log }),
          pipeline: placesOf(config, store),
          channels: await openChannels(channels),
          limits: { longTransactionMs: config['alert.longTransaction'], walBudgetAction: config['source.walBudgetAction'] },
          watchesSchemas: config['alert.schema'] === 'on',
          routes: watchRoutes({ watcher, reports }),
          http: { port: config.httpPort ?? null, host: config.httpHost, token: config.httpToken ?? null },
          signal,
          roles: () => roles,
          onServing: (url) => emit({ event: 'ready', role: 'monitor', page: `${url}/`, metrics: `${url}/metrics` }),
          onReport: (report) => emit({ event: 'status', report }),
        });
      });
    }),
  exitOf: roleExitCode,
};

function placesOf(config: Pick<Config, 'source' | 'warehouse'>, store: ObjectStore): PipelinePlaces {
  const address = parseSourceUrl(requireSource(config));
  const source = describeAddress(address);
  const warehouse = /^https?:/.test(config.warehouse) ? withoutUser(config.warehouse) : resolve(config.warehouse);
  return { source, database: source.slice(source.indexOf('/') + 1), lake: placeOf(store), warehouse, version: version() };
}
