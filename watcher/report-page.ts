import { webPage } from '../core/web-page.ts';

/** The page of all reports as one text; it takes the nonce of its policy. */
export const reportHtml = webPage({
  markup: 'watcher-page/report.html',
  styles: ['monitor-page/base.css', 'monitor-page/page.css', 'watcher-page/report.css'],
  scripts: ['monitor-page/figures.js', 'watcher-page/values.js', 'watcher-page/drawings.js', 'watcher-page/report.js'],
});
