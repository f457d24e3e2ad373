import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createLog, thresholdFor } from '../../src/log.js';
import { packageRoot } from '../helpers/host.js';

it('[2.1-16] the longest rule that begins the category decides, then default, then information', () => {
  const levels = { Default: 'Error', Function: 'warning', 'Function.a.User': 'debug', 'Host.*.x': 'none' };
  const cases = ['Function.a', 'function.A.user', 'FunctionX', 'Worker', 'Host.y.x', 'Host.y.z'];
  expect(cases.map((category) => thresholdFor(category, levels))).toEqual([
    'warning',
    'debug',
    'warning',
    'error',
    'none',
    'error',
  ]);
  expect(thresholdFor('Worker', {})).toBe('information');
});

it('writes one JSON line per entry, urgent but for those on invocations that went well, with new levels as soon as they are set', () => {
  const written: [Record<string, unknown>, boolean][] = [];
  const settings = {
    logLevel: {},
    secrets: { NAME: 'planted-1', LONGER: 'planted-1-and-more', SHORT: 'abc' } as Record<string, string>,
  };
  const log = createLog(
    (line, urgent) => written.push([JSON.parse(line) as Record<string, unknown>, urgent]),
    () => settings,
  );
  log({
    level: 'information',
    category: 'Function.f',
    function: 'f',
    invocationId: 'i',
    message: 'a\nplanted-1-and-more planted-1 abc',
  });
  log({ level: 'debug', category: 'Function.f', message: 'not yet' });
  settings.logLevel = { default: 'debug' };
  log({ level: 'debug', category: 'Function.f', message: 'now' });
  log({ level: 'warning', category: 'Host.x', message: 'w' });
  log({ level: 'none', category: 'Host.x', message: 'never' });
  expect(written).toEqual([
    [
      {
        time: expect.any(String) as string,
        level: 'information',
        category: 'Function.f',
        function: 'f',
        invocationId: 'i',
        message: 'a\n[LONGER] [NAME] abc',
      },
      false,
    ],
    [expect.objectContaining({ message: 'now' }), true],
    [expect.objectContaining({ message: 'w' }), true],
  ]);
  expect([log.enabled?.('trace', 'x'), log.enabled?.('debug', 'x')]).toEqual([false, true]);
});

it('lines that wait are written together, an urgent one brings them out, and none is lost at the end of the process', () => {
  const script = `
    import { lineWriter } from ${JSON.stringify(join(packageRoot, 'dist', 'log-writer.js'))};
    const write = lineWriter((text) => process.stderr.write('[' + text.replaceAll('\\n', ',') + ']'));
    write('a\\n'); write('b\\n'); write('c\\n', true); write('d\\n');
    await new Promise(setImmediate);
    write('e\\n');
    process.exit(0);
  `;
  expect(spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).stderr).toBe(
    '[a,b,c,][d,][e,]',
  );
});

it('masks a secret of several lines that the app prints at once, line by line, indented or as JSON', () => {
  const KEY = '-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----\n';
  let text = '';
  const log = createLog(
    (line) => {
      text += line;
    },
    () => ({ logLevel: {}, secrets: { KEY } }),
  );
  for (const message of [
    KEY,
    ...KEY.split('\n'),
    KEY.replaceAll('\n', '\r\n  '),
    JSON.stringify({ key: KEY }),
    JSON.stringify(JSON.stringify(KEY)),
  ]) {
    log({ level: 'information', category: 'Host.Function.Console', message: `it is ${message}` });
  }
  expect(text).not.toMatch(/MIIEv|kqhki/);
  expect(text).toContain('it is [KEY]');
});
