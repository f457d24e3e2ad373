import { expect, test } from 'vitest';
import { commandWith } from '../../../src/ui/style.js';

test.each([
  ['', 'fanops status', 'fanops status'],
  ['-e prod', 'fanops status', 'fanops status -e prod'],
  ['-e prod', 'fanops runs resume R1 -e prod', 'fanops runs resume R1 -e prod'],
  ['--file a.yaml -e prod', 'fanops exec app-1 -- df -h', 'fanops exec app-1 --file a.yaml -e prod -- df -h'],
  ['-e prod', 'Install Node 22.18 or newer', 'Install Node 22.18 or newer'],
  ['-e prod', 'npm install --prefix m1', 'npm install --prefix m1'],
])('with "%s", %s is told as %s', (selection, text, told) => expect(commandWith(selection, text)).toBe(told));
