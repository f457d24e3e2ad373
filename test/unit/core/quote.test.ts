import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { commandLine, readable, shellScript } from '../../../src/transports/command-line.js';
import { quote, quoteAll } from '../../../src/core/quote.js';
import { awkwardStrings } from '../../helpers/awkward.js';

const strings = awkwardStrings(400);
const shells = ['/bin/dash', '/bin/bash', '/bin/zsh', '/usr/bin/fish', '/bin/csh', '/bin/tcsh'].filter((shell) =>
  existsSync(shell),
);

describe('quote', () => {
  test.each(['/bin/dash', '/bin/bash'])('400 awkward strings through %s', (shell) => {
    const output = execFileSync(shell, ['-c', `printf '%s\\000' ${quoteAll(strings)}`], { encoding: 'utf8' });
    expect(output.split('\0').slice(0, -1)).toEqual(strings);
  });

  test('a NUL byte cannot be passed', () => {
    expect(() => quote('a\0b')).toThrow('NUL');
  });
});

describe('command line', () => {
  test.each(shells)('400 awkward strings through the login shell %s', (shell) => {
    const line = commandLine({ argv: ['printf', '%s\\000', ...strings], env: { VALUE: '!\\\n' } }, false, 'M1');
    const output = execFileSync(shell, ['-c', line], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    expect(
      output
        .replace(/^fanops:M1 \d+( w)?\n/, '')
        .split('\0')
        .slice(0, strings.length),
    ).toEqual(strings);
  });

  test('only characters that every shell takes literally within single quotes', () => {
    for (const text of strings) {
      const words = commandLine({ argv: ['echo', text], cwd: text || '.' }, true, 'M1').replaceAll("'\\''", "''");
      expect(words).not.toMatch(/[!\n\r]|\\(?![0-7]{3})/);
    }
  });

  test('the directory comes first and stops all, the program replaces the shell', () => {
    expect(shellScript({ argv: ['ls', '-l'], cwd: '-x y', env: { A: 'b c' } }, true)).toBe(
      "cd -- '-x y' && exec env LC_ALL=C A='b c' 'ls' '-l'",
    );
    expect(shellScript({ argv: ['ls'] }, false)).toBe("exec env LC_ALL=C 'ls' </dev/null");
    expect(commandLine({ argv: ['ls'] }, true, 'M1')).toContain(`r() { exec env LC_ALL=C '\\''ls'\\''; }`);
  });

  test('a command that no host would take is refused', () => {
    expect(() => commandLine({ argv: ['echo', 'x'.repeat(140_000)] }, false, 'M1')).toThrow('too long');
    expect(() => commandLine({ argv: [] }, false, 'M1')).toThrow('program');
  });

  test('readable form', () => {
    expect(readable({ argv: ['pm2', 'start', 'a b', "it's"] })).toBe(`pm2 start 'a b' 'it'\\''s'`);
  });
});
