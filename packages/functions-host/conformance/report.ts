import { isAbsolute, relative, sep } from 'node:path';
import { idsOf } from './titles.js';

/** A test that shows rules. */
export interface Shown {
  ids: string[];
  /** Below the package's `test` folder, with slashes. */
  file: string;
  title: string;
  /** `passed`, `failed`, `skipped` ... as vitest says it. */
  status: string;
}

/** What is read of the report that vitest's JSON reporter writes. */
interface VitestReport {
  testResults: { name: string; assertionResults: { title: string; status: string }[] }[];
}

/**
 * The tests of a report that name rules.
 *
 * @param text - JSON as vitest's reporter wrote it.
 * @param testFolder - Absolute path of the package's tests.
 * @throws SyntaxError if the text is no JSON.
 */
export function shownIn(text: string, testFolder: string): Shown[] {
  const { testResults } = JSON.parse(text) as VitestReport;
  return testResults.flatMap(({ name, assertionResults }) => {
    const file = (isAbsolute(name) ? relative(testFolder, name) : name).split(sep).join('/');
    return assertionResults
      .map(({ title, status }) => ({ ids: idsOf(title), file, title, status }))
      .filter(({ ids }) => ids.length > 0);
  });
}
