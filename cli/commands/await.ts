import { parseDuration } from '../../core/sections/units.ts';
import { TailraceError, withoutCode } from '../../core/errors.ts';
import { formatLsn, parseLsn } from '../../core/lsn.ts';
import type { Command } from '../command.ts';
import { CANNOT_TELL, flagValue } from '../command.ts';
import { awaitApplied } from '../await/await-applied.ts';
import { awaitOne } from '../await/await-mart.ts';
import { sourceOf, warehouseChoice, withStore } from '../ends.ts';

export const command: Command<'await'> = {
  usage: '(--lsn X/Y | --now) [--table NAME] [--timeout 60s]',
  about:
    'Returns when everything up to a position of the source is applied to every table. It skips parked and unpublished tables, and waits for tables that are being copied, including after `resync`. ' +
    '--now commits a message of its own and waits for it, so it also returns on an idle source: everything committed before the call is then readable. ' +
    '--table waits for one table or one model only, and without --lsn for everything committed so far. ' +
    'A `run` that was started a moment ago has no lake yet: it is waited for, and the log names the place.',
  examples: [
    'tailrace await --now && tailrace sql "SELECT count() FROM public.orders"',
    'tailrace await --lsn 16/B374D848 --timeout 5m',
    'tailrace await --table marts.fct_orders',
  ],
  flags: [
    { name: 'lsn', placeholder: 'X/Y', help: 'position to wait for, as Postgres prints it' },
    { name: 'now', help: 'wait for everything committed so far' },
    { name: 'table', placeholder: 'NAME', help: 'wait for this table or model only: its rows have everything up to the position' },
    { name: 'timeout', placeholder: 'TIME', help: 'give up after this time (60s)' },
  ],
  words: [0, 0],
  exits: { 0: 'applied', 1: 'timed out', 2: CANNOT_TELL, 3: 'applied, but a table is parked or not replicated' },
  async run({ config, flags, log }) {
    const lsnText = flagValue({ flags }, 'lsn');
    const name = flagValue({ flags }, 'table');
    if (lsnText === undefined ? !flags.has('now') && name === undefined : flags.has('now')) {
      throw new TailraceError('BAD_ARGUMENT', 'await needs --lsn X/Y, --now or --table NAME, and not both --lsn and --now', {
        hint: 'See `tailrace await --help`.',
      });
    }
    const timeoutText = flagValue({ flags }, 'timeout') ?? '60s';
    const timeoutMs = parseDuration(timeoutText);
    if (timeoutMs === null)
      throw new TailraceError('BAD_ARGUMENT', `--timeout is "${timeoutText}"; allowed: a time such as 500ms, 60s or 5m`, {
        hint: 'See `tailrace await --help`.',
      });
    const lsn = lsnText === undefined ? null : parseLsn(lsnText);
    return withStore(config, async (store) => {
      const options = {
        source: sourceOf(config, 'await'),
        store,
        warehouse: warehouseChoice(config),
        warehousePlace: config.warehouse,
        tables: config.tables ?? null,
        lsn,
        timeoutMs,
        log,
      };
      const result = name === undefined ? await awaitApplied(options) : await awaitOne(name, options);
      if (!result.done) {
        const waiting = result.waitingFor
          .slice(0, 5)
          .map(({ table, heldUpBy }) => (heldUpBy === null ? table : `${table} (${heldUpBy})`))
          .join(', ');
        throw new TailraceError(
          'TIMED_OUT',
          `${formatLsn(result.lsn)} was not applied within ${timeoutText}${waiting === '' ? '' : `; still waiting for ${waiting}`}`,
        );
      }
      const without = [
        ...(result.parked.length > 0 ? [`parked: ${result.parked.join(', ')}`] : []),
        ...(result.unpublished.length > 0 ? [`not replicated: ${result.unpublished.map(withoutCode).join(' ')}`] : []),
      ];
      if (without.length === 0) return 0;
      throw new TailraceError(
        result.parked.length > 0 ? 'TABLE_PARKED' : 'TABLE_UNPUBLISHED',
        `${formatLsn(result.lsn)} is applied, but not to every table (${without.join('; ')})`,
      );
    });
  },
  exitOf(error) {
    if (!(error instanceof TailraceError)) return 2;
    if (error.code === 'TIMED_OUT') return 1;
    return error.code === 'TABLE_PARKED' || error.code === 'TABLE_UNPUBLISHED' ? 3 : 2;
  },
};
