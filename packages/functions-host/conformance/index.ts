export { catalogue } from './catalogue.js';
export { shownIn, type Shown } from './report.js';
export type { Confidence, Rule } from './rule.js';
export { parse, render, type Listed } from './table.js';
export { comesFrom, idsOf, titlesIn, type SourceTitle } from './titles.js';
