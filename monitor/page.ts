import type { StatusReport, TableStatus } from './status.ts';

const STYLE = `
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color-scheme: light dark; }
  table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8884; }
  .late { color: #c22; } .fine { color: #2a7; } dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.2rem; } dd { margin: 0; }`;

/** The report as a page without scripts; it renews itself. */
export function statusPage(report: StatusReport): string {
  const facts: [string, string | null][] = [
    ['source', report.source.lsn],
    [
      'slot',
      `${report.source.slot.name ?? '–'} ${report.source.slot.walStatus ?? ''}${report.source.slot.active ? '' : ', not connected'}`,
    ],
    ['WAL kept for us', `${bytes(report.source.slot.retainedBytes)}${untilLost(report.source.slot.secondsUntilLost)}`],
    ['lake', `${report.lake.durableLsn ?? '–'}, ${report.lake.batches} batches`],
    ['warehouse', `${report.warehouse.appliedLsn ?? '–'}, as of ${report.warehouse.asOf ?? '–'}`],
  ];
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="2"><title>tailrace</title><style>${STYLE}</style>
<h1>tailrace</h1>
<p class="${report.withinSla ? 'fine' : 'late'}">${report.withinSla ? 'within' : 'not within'} the promised ${report.slaSeconds} s; freshness ${seconds(report.freshnessSeconds)}</p>
${report.cause === null ? '' : `<p class="late">held up by the ${report.cause.stage}: ${escape(report.cause.reason)}</p>`}${report.notes.map((note) => `<p class="late">${escape(note)}</p>`).join('')}
<dl>${facts.map(([name, fact]) => `<dt>${name}<dd>${escape(fact ?? '–')}`).join('')}</dl>
<table><tr><th>table<th>state<th>freshness<th>as of<th>${report.tables.map(row).join('')}</table>
<p><a href="/status">status</a> · <a href="/metrics">metrics</a></p></html>
`;
}

function row(table: TableStatus): string {
  const remark = [table.appendOnly ? 'append-only' : '', table.state === 'live' ? '' : (table.cause?.reason ?? '')]
    .filter((part) => part !== '')
    .join('; ');
  const late = table.state === 'parked' ? ' class="late"' : '';
  return `<tr${late}><td>${escape(table.table)}<td>${table.state}<td>${seconds(table.freshnessSeconds)}<td>${table.asOf ?? '–'}<td>${escape(remark)}`;
}

function untilLost(value: number | null): string {
  return value === null ? '' : `, the slot is lost in ${Math.round(value / 60)} minutes at this rate`;
}

function seconds(value: number | null): string {
  return value === null ? '–' : `${value.toFixed(1)} s`;
}

function bytes(value: number | null): string {
  return value === null ? '–' : `${(value / 2 ** 20).toFixed(1)} MiB`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
