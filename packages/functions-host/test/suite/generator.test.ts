import { describe, expect, it } from 'vitest';
import { comesFrom, parse, render, shownIn, titlesIn, type Rule } from '../../conformance/index.js';

// Put together here, so that the scan of titles does not take this file's examples for tests of rules.
const [first, second] = ['3.1-1', '3.1-2'];
const rules: Rule[] = [
  { id: first, rule: 'One | two.', confidence: 'R' },
  { id: second, rule: 'Three.', confidence: 'K', reason: 'Only in Azure.' },
];

describe('the generator of the conformance table', () => {
  it('finds titles with ids in sources, and where they stop being fixed', () => {
    const source = [
      `it('[${first}, ${second}] it\\'s so', f);`,
      `it.each(rows)("[${second}] takes %s", f);`,
      "it('no id', f);",
      `const row = ['[${first}] a'];`,
    ].join('\n');
    expect(titlesIn(source)).toEqual([
      { ids: [first, second], text: `[${first}, ${second}] it's so`, whole: true },
      { ids: [second], text: `[${second}] takes `, whole: false },
      { ids: [first], text: `[${first}] a`, whole: true },
    ]);
    expect(comesFrom(`[${second}] takes 5`, titlesIn(source)[1]!)).toBe(true);
    expect(comesFrom(`[${first}] ab`, titlesIn(source)[2]!)).toBe(false);
  });

  it('writes what it reads back', () => {
    const report = {
      testResults: [
        {
          name: '/package/test/edge/a.test.ts',
          assertionResults: [
            { title: `[${first}] a | b <br> c \\ d › e`, status: 'passed' },
            { title: 'no id', status: 'failed' },
          ],
        },
      ],
    };
    const table = render(rules, shownIn(JSON.stringify(report), '/package/test'));
    expect(parse(table)).toEqual([
      { id: first, file: 'edge/a.test.ts', title: `[${first}] a | b <br> c \\ d › e`, status: 'passed' },
    ]);
    expect(table).toContain(
      '2 rules: 1 with a test, 1 with a reason for none, 0 with neither. 1 tests that name rules: 1 passed.',
    );
  });
});
