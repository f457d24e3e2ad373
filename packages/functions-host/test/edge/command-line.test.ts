import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fixture, spawnHost, startFixture, tempDir } from '../helpers/host.js';
import { ask } from './running.js';

async function fails(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; stderr: string; stdout: string }> {
  const { exited, stderr, stdout } = spawnHost(args, env);
  return { code: await exited, stderr: stderr(), stdout: stdout() };
}

it.each([
  [['--port', '1'], '--root DIR is missing'],
  [['--root', '.', '--port', 'x'], '--port must be a whole number'],
  [['--root', '.', '--port', '70000'], '65535'],
  [['--root', '/nowhere/at/all'], '--root /nowhere/at/all does not exist'],
  [['--root', import.meta.filename], 'is no folder'],
  [['--root', '.', '--strict', '--lenient'], 'exclude each other'],
  [['--root', '.', '--colour'], "Unknown option '--colour'"],
  [['--root', '.', 'more'], 'more'],
  [['--root', '.', '--keys', ''], '--keys is empty'],
])('usage error %j', async (args, message) => {
  const { code, stderr, stdout } = await fails(args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
  expect(stderr).toContain('--help');
  expect(stderr).not.toContain('    at ');
});

it('a folder that is no app says so, and where the app may be', async () => {
  const dir = tempDir();
  mkdirSync(join(dir, 'api'));
  expect(await fails(['--root', dir])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('neither host.json nor package.json. Is the app in a folder below it?') as string,
  });
});

it('files that cannot be used end the start with 1 and a message that names them', async () => {
  const dir = tempDir();
  const open = join(dir, 'open.env');
  writeFileSync(open, 'A=planted-value\n');
  chmodSync(open, 0o666);
  const root = fixture('edge-http');
  // Node itself looks at an option of this name and ends with 9
  expect(await fails(['--root', root, '--env-file', join(dir, 'none.env')])).toMatchObject({
    code: 9,
    stderr: expect.stringContaining('none.env: not found') as string,
  });
  expect(await fails(['--root', root, '--keys', join(dir, 'none.json')])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('none.json cannot be read (ENOENT)') as string,
  });
  const refused = await fails(['--root', root, '--env-file', open]);
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('can be changed by everyone on this machine. Run: chmod 600') as string,
  });
  expect(refused.stderr).not.toContain('planted-value');
});

it('settings with a wrong value end the start with 1 and the way out', async () => {
  const root = fixture('edge-http');
  expect((await fails(['--root', root], { CORS_ALLOWED_ORIGINS: 'https://a' })).stderr).toContain(
    'must be a JSON array of origins',
  );
  expect((await fails(['--root', root], { FANOPS_WATCHDOG_SECONDS: 'x' })).stderr).toContain(
    'FANOPS_WATCHDOG_SECONDS must be a number of seconds',
  );
  expect((await fails(['--root', root], { AzureFunctionsJobHost__functionTimeout: 'never' })).stderr).toContain(
    'functionTimeout \\"never\\" must be',
  );
});

it('help and version go to standard output with exit code 0', async () => {
  expect(await fails(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('--root DIR') as string });
  expect((await fails(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

it('--strict does as Azure with chunked bodies, --lenient wins over the setting', async () => {
  const chunked = { method: 'POST', body: 'x', headers: { 'transfer-encoding': 'chunked' } };
  const bodyIn = async (args: string[], env: Record<string, string> = {}): Promise<unknown> => {
    const host = await startFixture('http', { args, env });
    return (JSON.parse((await ask(host.url, '/api/echo', chunked)).body) as { body: unknown }).body;
  };
  expect([
    await bodyIn(['--strict']),
    await bodyIn([]),
    await bodyIn(['--lenient'], { FANOPS_STRICT_CHUNKED: '1' }),
  ]).toEqual(['', 'x', 'x']);
});
