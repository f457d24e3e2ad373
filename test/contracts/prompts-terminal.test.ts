import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inTerminal, KEYS, ptyMissing } from '../helpers/pty.js';

/** It sets the title of the terminal, clears it, and turns text around. */
const EVIL = 'evil\u001b]0;PWNED\u0007\u001b[2J\u202e';
const SHOWN = String.raw`evil\x1b]0;PWNED\x07\x1b[2J\u202e`;

describe.skipIf(ptyMissing())('prompts show control characters of names as escapes', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'fo-prompts-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const app = (name: string): void => {
    mkdirSync(join(dir, name));
    writeFileSync(join(dir, name, 'host.json'), '{ "version": "2.0" }');
  };
  const terminal = (...args: string[]) => inTerminal(args, { cwd: dir, env: { HOME: dir } });

  test('in a list of folders, and in the answer that stays on the screen', async () => {
    app(EVIL);
    app('zulu');
    const screen = terminal('init', '--name', 'n', '--provider', 'local', '--host', 'a-1', '--router-port', 'none');
    await screen.see('Function app');
    await screen.see('zulu');
    screen.type(KEYS.enter);
    await screen.see('Name of the service');
    expect(screen.text()).toContain(SHOWN);
    expect(screen.raw()).not.toContain('\u001b]0;PWNED');
    expect(screen.raw()).not.toContain('\u202e');
    screen.type(KEYS.ctrlC);
    expect(await screen.ended).toBe(130);
  });

  test('in the name of a fleet file that is there', async () => {
    const file = join(dir, `${EVIL}.yaml`);
    writeFileSync(file, 'fleet: n\nhosts:\n  a-1: { address: 127.0.0.1, port: 1, user: x, roles: [app] }\n');
    const screen = terminal('init', '--file', file);
    await screen.see('What shall be added to it?');
    expect(screen.text().replaceAll(/\s+/g, '')).toContain(`${SHOWN}.yaml`);
    expect(screen.raw()).not.toContain('\u001b]0;PWNED');
    expect(screen.raw()).not.toContain('\u202e');
    screen.type(KEYS.ctrlC);
    expect(await screen.ended).toBe(130);
  });
});
