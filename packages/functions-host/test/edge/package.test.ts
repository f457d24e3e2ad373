import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { fixture, packageRoot, spawnHost, tempDir } from '../helpers/host.js';
import { version } from '../../src/version.js';
import { waitFor } from '../helpers/wait.js';
import { ask } from './running.js';

const modules = join(packageRoot, '..', '..', 'node_modules');

function link(name: string, into: string): void {
  mkdirSync(dirname(join(into, name)), { recursive: true });
  symlinkSync(join(modules, name), join(into, name), 'dir');
}

/** Packs the package and unpacks it as an installation does, with its own dependencies beside it and nothing else. */
function install(): { dir: string; installed: string; files: string[] } {
  const dir = tempDir();
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', dir], {
    cwd: packageRoot,
    encoding: 'utf8',
  });
  const [report] = JSON.parse(packed) as { filename: string; files: { path: string }[] }[];
  const installed = join(dir, 'node_modules', 'fanops-functions-host');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['xzf', join(dir, report!.filename), '-C', installed, '--strip-components=1']);
  const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) link(name, join(dir, 'node_modules'));
  return { dir, installed, files: report!.files.map(({ path }) => path) };
}

it('the packed package runs an app from its own folder, as a program and from code', async () => {
  const { dir, installed, files } = install();
  expect(files).toEqual(
    expect.arrayContaining([
      'README.md',
      'LICENSE',
      'package.json',
      'bin/fanops-functions-host.js',
      'dist/index.js',
      'dist/index.d.ts',
    ]),
  );
  expect(files.filter((file) => !/^(README\.md|LICENSE|package\.json|bin\/|dist\/|docs\/)/.test(file))).toEqual([]);
  // The wire contract with fanops is built in, declarations too: who installs the package has neither its schemas nor zod.
  const compiled = readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' });
  for (const name of compiled.filter(
    (file) => /^[^/]*\.(js|d\.ts)$/.test(file) || file === 'bundle/functions-host.cjs',
  ))
    expect([name, /from ["'](fanops-protocol|zod)/.test(readFileSync(join(installed, 'dist', name), 'utf8'))]).toEqual([
      name,
      false,
    ]);

  const app = join(dir, 'app');
  cpSync(fixture('esm'), app, { recursive: true });
  link('@azure/functions', join(app, 'node_modules'));
  const { stdout, child, exited } = spawnHost(
    ['--root', app, '--state', join(dir, 'state')],
    {},
    join(installed, 'bin', 'fanops-functions-host.js'),
  );
  const url = await waitFor('the ready line', () => /^ready (\S+)$/m.exec(stdout())?.[1]);
  expect((await ask(url, '/api/esm')).body).toBe('from an ES module');
  child.kill('SIGTERM');
  expect(await exited).toBe(0);

  const script = `
    import { analyse, keysFrom, startHost, version } from 'fanops-functions-host';
    const { functions } = await analyse(${JSON.stringify(app)});
    const host = await startHost({ root: ${JSON.stringify(app)}, keys: keysFrom({ masterKey: 'm' }), stateDir: 'state', log: () => {} });
    const status = await fetch(host.url + '/admin/host/status?code=m');
    console.log(JSON.stringify([version, functions.map(({ name }) => name), (await status.json()).state]));
    await host.close(1000);
  `;
  writeFileSync(join(dir, 'run.mjs'), script);
  const run = spawnSync(process.execPath, ['run.mjs'], { cwd: dir, encoding: 'utf8', timeout: 20_000 });
  expect([run.stderr, run.status]).toEqual(['', 0]);
  expect(JSON.parse(run.stdout)).toEqual([version, ['esm'], 'Running']);
});
