import { expect, test } from 'vitest';
import { styleFor } from '../../../src/ui/style.js';
import { table } from '../../../src/ui/table.js';
import { plain } from '../../helpers/plain-style.js';

const HEAD = ['HOST', 'STATE', 'SSH'];
const ROWS = [
  ['app-1', 'running', '127.0.0.1:42000'],
  ['router-1', '', '-'],
];

test('columns are aligned, lines have no blanks at their end', () => {
  expect(table(HEAD, ROWS, plain, 80)).toBe(
    ['HOST      STATE    SSH', 'app-1     running  127.0.0.1:42000', 'router-1           -'].join('\n'),
  );
});

test('a terminal that is just wide enough keeps the columns, one less gets blocks without empty cells', () => {
  const width = 'app-1     running  127.0.0.1:42000'.length;
  expect(table(HEAD, ROWS, plain, width)).toContain('HOST      STATE');
  expect(table(HEAD, ROWS, plain, width - 1)).toBe(
    ['HOST   app-1', 'STATE  running', 'SSH    127.0.0.1:42000', '', 'HOST   router-1', 'SSH    -'].join('\n'),
  );
});

test('colours have no width', async () => {
  const colours = await styleFor({ isTTY: true }, { FORCE_COLOR: '1' });
  const red = '\u001b[31mrunning\u001b[39m';
  expect(table(HEAD, [['app-1', red, '-']], colours, 30).split('\n')).toHaveLength(2);
});

test('no rows', () => {
  expect(table(HEAD, [], plain, 80)).toBe('HOST  STATE  SSH');
});
