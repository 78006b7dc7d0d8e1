// The list of models, with the tests and exports that fail.
import { byId, clock, element, fill, seconds } from './figures.js';

const ageShare = (model) => (model.freshnessSeconds ?? 0) / model.slaSeconds;
/** As in monitor/models/model-status.ts. */
export const isFailed = ({ state: at, error }) => at === 'failed' || (error !== null && at !== 'skipped');
const urgency = (model) => (isFailed(model) ? 2 : model.state === 'skipped' ? 1 : 0);
const failedFirst = (models) =>
  models.toSorted((a, b) => urgency(b) - urgency(a) || ageShare(b) - ageShare(a) || (a.model < b.model ? -1 : 1));
const errorText = (error) => (error === null ? '' : `${error.code}: ${error.message}`);

function modelRow(model) {
  const late = ageShare(model) > 1;
  const state = isFailed(model) || late ? 'trouble' : model.state === 'fresh' ? 'fine' : model.state === 'skipped' ? 'warn' : '';
  const made = element('tr');
  made.append(
    element('td', model.model),
    element('td', model.state, state),
    element('td', seconds(model.freshnessSeconds), `number${late ? ' trouble' : ''}`),
    element('td', seconds(model.slaSeconds), 'number wide'),
    element('td', model.asOf === null ? '–' : clock(model.asOf), 'time wide'),
    element('td', errorText(model.error), isFailed(model) ? 'trouble' : ''),
  );
  return made;
}

function testLine({ test, table, severity, failures, error }) {
  const found = error === null ? `${failures} ${failures === 1 ? 'row' : 'rows'}` : errorText(error);
  const what = severity === 'error' ? 'test failed' : 'test warns';
  return element('li', `${what}: ${test}${table === '' ? '' : ` of ${table}`}, ${found}`, severity === 'error' ? 'trouble' : 'warn');
}

export function showModels({ models, failingTests, failedExports }) {
  byId('models-part').hidden = models.length + failingTests.length + failedExports.length === 0;
  fill('tests', [
    ...failingTests.map(testLine),
    ...failedExports.map(({ table, to, error }) => element('li', `export failed: ${table} to ${to}, ${errorText(error)}`, 'trouble')),
  ]);
  byId('models').hidden = models.length === 0;
  byId('models').tBodies[0].replaceChildren(...failedFirst(models).map(modelRow));
}
