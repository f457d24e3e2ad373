import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fixture, packageRoot, tempDir } from '../helpers/host.js';

/** Runs the build script of an app in its own folder, as a deployment does. @throws Error with the script's output if it fails. */
export function buildApp(name: string): void {
  const path = [join(packageRoot, '..', '..', 'node_modules', '.bin'), process.env.PATH].join(delimiter);
  execFileSync('npm', ['run', '--silent', 'build'], {
    cwd: fixture(name),
    env: { ...process.env, PATH: path },
    stdio: 'pipe',
  });
}

/** Posts a value as JSON. */
export const postJson = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });

/** Writes a file of keys as `--keys` takes it, readable by its owner only. @returns The arguments and the keys. */
export function withKeys(): { args: string[]; master: string; host: string } {
  const file = join(tempDir(), 'keys.json');
  const keys = { master: 'master-key-of-the-test', host: 'host-key-of-the-test' };
  writeFileSync(
    file,
    JSON.stringify({ masterKey: keys.master, functionKeys: { default: keys.host }, systemKeys: {} }),
    { mode: 0o600 },
  );
  return { args: ['--keys', file], ...keys };
}

/** Starts a function by hand as Azure's admin endpoint does. @returns The status. */
export async function startByHand(url: string, name: string, master: string, input = ''): Promise<number> {
  return (await postJson(`${url}/admin/functions/${name}`, { input }, { 'x-functions-key': master })).status;
}
