import { webPage } from '../core/web-page.ts';

const SCRIPTS = ['figures.js', 'tables.js', 'models.js', 'charts.js', 'page.js'];

/**
 * The live page as one text, which loads nothing else. It takes the nonce that stands in the policy
 * of the same answer.
 */
export const pageHtml = webPage({
  markup: 'monitor-page/page.html',
  styles: ['monitor-page/base.css', 'monitor-page/page.css'],
  scripts: SCRIPTS.map((name) => `monitor-page/${name}`),
});
