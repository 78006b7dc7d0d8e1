import { freshnessContract } from '../core/config.ts';
import type { Config } from '../core/config.ts';
import type { Log } from '../core/log.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import type { ChannelOptions } from '../monitor/channel.ts';
import type { StatusReaderOptions } from '../monitor/status-reader.ts';
import { TailraceError } from '../core/errors.ts';
import { heartbeatOf, sourceOf, warehouseChoice } from './ends.ts';

/** What a look at the whole pipeline needs; `role` is how it names itself to the source. */
export function lookOptions(
  config: Config,
  store: ObjectStore,
  { role, log }: { role: 'status' | 'monitor'; log: Log },
): StatusReaderOptions {
  return {
    source: sourceOf(config, role),
    store,
    warehouse: warehouseChoice(config),
    tables: config.tables ?? null,
    slaMs: config.sla,
    contract: freshnessContract(config),
    heartbeatMs: heartbeatOf(config, store),
    walBudgetBytes: config['source.walBudget'] ?? null,
    // A `status` may be run by someone who can only read.
    probesLake: role === 'monitor',
    log,
  };
}

/**
 * Where alerts go. BAD_CONFIG when there is a mail server and nobody to write to, or the other way
 * round.
 */
export function alertChannels(config: Config): ChannelOptions {
  const { 'alert.smtp': smtp, 'alert.mailTo': to, 'alert.mailFrom': from } = config;
  if ((smtp === undefined) !== (to === undefined)) {
    const [set, missing] = smtp === undefined ? ['alert.mailTo', 'alert.smtp'] : ['alert.smtp', 'alert.mailTo'];
    throw new TailraceError('BAD_CONFIG', `${set} is set, and ${missing} is not`);
  }
  return {
    webhook: config['alert.webhook'] ?? null,
    command: config['alert.command'] ?? null,
    mail: smtp === undefined || to === undefined ? null : { smtp, to, from: from ?? to },
  };
}
