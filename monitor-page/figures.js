// Figures and elements that all scripts of the live page use.
/** The data received so far, and what the reader chose to see. */
export const state = { report: null, history: [], all: false, well: false, charts: [] };
export const byId = (id) => document.getElementById(id);
export const seconds = (value) => {
  if (value === null || value === undefined) return '–';
  if (value < 10) return `${value.toFixed(1)} s`;
  if (value < 60) return `${Math.round(value)} s`;
  if (value < 3600) return `${Math.floor(value / 60)} m ${Math.floor(value % 60)} s`.replace(/ 0 s$/, '');
  if (value < 86_400) return `${Math.floor(value / 3600)} h ${Math.floor((value % 3600) / 60)} m`.replace(/ 0 m$/, '');
  return `${Math.floor(value / 86_400)} d ${Math.floor((value % 86_400) / 3600)} h`.replace(/ 0 h$/, '');
};
export const bytes = (value) => {
  if (value === null || value === undefined) return '–';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10));
  return power === 0 ? `${Math.round(value)} B` : `${(value / 1024 ** power).toFixed(1)} ${units[power]}`;
};
/** The one notation of time: UTC, as in the logs. */
export const clock = (iso) => iso.replace('T', ' ').replace(/(\.\d+)?(Z|\+00:00)$/, 'Z');
const position = (lsn) => {
  if (lsn === null) return null;
  const [high, low] = lsn.split('/');
  return parseInt(high, 16) * 2 ** 32 + parseInt(low, 16);
};
export const behind = (ahead, after) => (ahead === null || after === null ? null : Math.max(0, position(ahead) - position(after)));

export function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined && text !== null) made.textContent = text;
  if (className) made.className = className;
  return made;
}

export function fill(id, children) {
  byId(id).replaceChildren(...children);
}

export function set(id, text, className) {
  const found = byId(id);
  if (found.textContent !== text) found.textContent = text;
  if (className !== undefined) found.className = className;
}

/** Rows per second over the last windows, which may lie minutes apart on an idle source. */
export function rowRate(windows) {
  const rows = windows.reduce((sum, window) => sum + window.rows, 0);
  const begun = Math.min(...windows.map(({ startedAt }) => Date.parse(startedAt)));
  const overSeconds = Math.max(1, (Date.now() - begun) / 1000);
  return Math.round(rows / overSeconds).toLocaleString('en');
}
