import { tableRules } from '../../core/config.ts';
import type { Log } from '../../core/log.ts';
import type { TableRules } from '../../core/table-rule.ts';
import type { ObjectStore } from '../../lake/store/object-store.ts';
import type { SourceOptions } from '../../postgres/session/connect.ts';
import type { Command, CommandForm } from '../command.ts';
import { sourceOf, withStore } from '../ends.ts';
import { firstContact } from './first-contact.ts';
import type { LakeUse } from './first-contact.ts';
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
}

/** The command of a role that reads the source and writes into the lake. */
export function lakeWriter<C extends Writer>({ name, lake, write, ...form }: WriterRole<C>): Command<C> {
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
        await withStore(config, (store) =>
          write(role, {
            source: sourceOf(config, name),
            store,
            lakeId,
            tables: config.tables ?? null,
            rules: tableRules(config),
            log,
            signal,
          }),
        );
      }),
    exitOf: roleExitCode,
  };
}
