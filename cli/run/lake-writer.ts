import { tableRules } from '../../core/config.ts';
import type { Log } from '../../core/log.ts';
import type { TableRules } from '../../core/table-rule.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import type { SourceOptions } from '../../postgres/session/connect.ts';
import type { Command, CommandForm } from '../command.ts';
import { sourceOf, withStore } from '../ends.ts';
import { firstContact } from './first-contact.ts';
import type { LakeUse } from './first-contact.ts';
import { pausable } from './pausable.ts';
import { roleExitCode, roleExits, runRole } from './role.ts';
import type { RoleContext } from './role.ts';

type Writer = 'replicate' | 'snapshot';

/** Options that both roles have in common: they read the source and write into the lake. */
interface WriterEnds {
  readonly source: SourceOptions;
  readonly store: ObjectStore;
  readonly lakeId: string | undefined;
  readonly tables: readonly string[] | null;
  readonly rules: TableRules;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** The form of a writer's command, and its work until the signal of `ends` is aborted. */
interface WriterRole<C extends Writer> extends Omit<CommandForm, 'flags' | 'words' | 'exits'> {
  readonly name: C;
  readonly lake: LakeUse;
  readonly write: (role: RoleContext<C>, ends: WriterEnds) => Promise<void>;
  /** Why a pause of the role must end; null: it need not. */
  readonly mustResume?: (config: RoleContext<C>['config'], store: ObjectStore) => () => Promise<string | null>;
}

/** The command of a role that reads the source and writes into the lake. */
export function lakeWriter<C extends Writer>({ name, lake, write, mustResume, ...form }: WriterRole<C>): Command<C> {
  return {
    ...form,
    flags: [],
    words: [0, 0],
    exits: roleExits('arguments, source or lake'),
    printsEvents: true,
    run: (context) =>
      runRole(context, async (role) => {
        const { log, signal, lakeId } = role;
        const config: RoleContext<Writer>['config'] = role.config;
        if (role.alone) await firstContact(config, log, lake);
        await withStore(config, async (store) => {
          const ends = {
            source: sourceOf(config, name),
            store,
            lakeId,
            tables: config.tables ?? null,
            rules: tableRules(config),
            log,
          };
          const pauses = {
            role: name,
            store,
            log,
            signal,
            ...(mustResume === undefined ? {} : { mustResume: mustResume(role.config, store) }),
          };
          await pausable(pauses, (stop) => write(role, { ...ends, signal: stop }));
        });
      }),
    exitOf: roleExitCode,
  };
}
