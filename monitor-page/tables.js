// The list of tables.
import { byId, clock, element, seconds, set, state } from './figures.js';

const SHOWN_AT_FIRST = 200;
const share = (table) => (table.freshnessSeconds ?? 0) / table.slaSeconds;
export const isUnpublished = ({ state: at, error }) => at === 'unpublished' || (at === 'live' && error !== null);
const isWell = (table) => (table.state === 'live' || table.state === 'dropped') && !isUnpublished(table) && share(table) <= 0.5;
const rank = (table) => {
  if (table.state === 'parked' || isUnpublished(table)) return 2;
  return table.state === 'live' || table.state === 'dropped' ? 0 : 1;
};
/** The order of cli/screen/worst-first.ts, whose test compares the two. */
export const worstFirst = (tables) => tables.toSorted((a, b) => rank(b) - rank(a) || share(b) - share(a) || (a.table < b.table ? -1 : 1));
/** Up to this many tables are always listed. */
const FEW = 10;

function remark(table) {
  const cell = element('td');
  if (table.state === 'parked') {
    cell.append(
      element('span', `${table.error?.message ?? ''} Fix it, then `, 'trouble'),
      element('code', `tailrace resume '${table.table}'`),
    );
  } else if (isUnpublished(table)) {
    cell.append(element('span', table.error?.message ?? '', 'trouble'));
  } else if (table.copy) {
    const bar = element('progress');
    bar.max = 1;
    bar.value = table.copy.share;
    bar.setAttribute('aria-label', `copy of ${table.table}`);
    const left = table.copy.secondsLeft === null ? '' : `, about ${seconds(table.copy.secondsLeft)} left`;
    cell.append(bar, ` ${Math.floor(table.copy.share * 100)}% copied${left}`);
  } else if (table.state !== 'live' && table.cause !== null) cell.append(table.cause.reason);
  else if (table.appendOnly) cell.append('append-only: no key');
  return cell;
}

/**
 * Healthy tables become one line, "48 live, at most 2.4 s behind", unless they are few, or the
 * reader filters or asks for them.
 */
function foldWell(tables, wanted) {
  const well = tables.filter(isWell);
  const folds = well.length > FEW && wanted === '';
  const button = byId('well');
  button.hidden = !folds;
  if (!folds) return tables;
  const worst = Math.max(...well.map((table) => table.freshnessSeconds ?? 0));
  button.textContent = `${well.length} live, at most ${seconds(worst)} behind: ${state.well ? 'hide' : 'show'}`;
  button.setAttribute('aria-expanded', String(state.well));
  return state.well ? tables : tables.filter((table) => !isWell(table));
}

export function showTables({ tables }) {
  const wanted = byId('filter').value.trim().toLowerCase();
  const named = tables.filter(({ table }) => table.toLowerCase().includes(wanted));
  const fitting = worstFirst(foldWell(named, wanted));
  const shown = state.all ? fitting : fitting.slice(0, SHOWN_AT_FIRST);
  byId('count').hidden = fitting.length === 0 && wanted === '';
  set('count', `${fitting.length} of ${tables.length}${shown.length < fitting.length ? `; the first ${shown.length} are shown` : ''}`);
  byId('more').hidden = shown.length === fitting.length;
  byId('tables').hidden = shown.length === 0;
  const rows = shown.map((table) => {
    const row = element('tr');
    const late = table.state === 'parked' || isUnpublished(table) || share(table) > 1;
    row.append(
      element('td', table.table),
      element('td', table.state, late ? 'trouble' : table.state === 'live' ? 'fine' : ''),
      element('td', seconds(table.freshnessSeconds), `number${late ? ' trouble' : ''}`),
      element('td', seconds(table.slaSeconds), 'number wide'),
      element('td', table.asOf === null ? '–' : clock(table.asOf), 'time wide'),
      remark(table),
    );
    return row;
  });
  byId('tables').tBodies[0].replaceChildren(...rows);
}
