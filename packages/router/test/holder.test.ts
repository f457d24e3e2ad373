import { once } from 'node:events';
import { cp, mkdir, mkdtemp, open, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { bundle } from '../bundle.mjs';
import type { HolderState } from 'fanops-protocol';
import { keepOwnLogs } from '../src/own-logs.js';
import { findProgram } from '../src/foreign/system.js';
import { earlierProgram, earlierTemplates } from './earlier.js';
import { backend, freePort, named, send, stateOf, tempDir, until } from './helpers.js';
import { applied, put, putState, run, type Run } from './process.js';

const missing = async (engine: string): Promise<boolean> =>
  engine !== 'embedded' &&
  !(await findProgram(engine as 'nginx').then(
    () => true,
    () => false,
  ));
const lacks = { embedded: false, nginx: await missing('nginx'), haproxy: await missing('haproxy') };

let router = '';
let earlier = '';
beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'fanops-router-bundle-'));
  router = await bundle(join(dir, 'router.cjs'));
  earlier = await earlierProgram(dir);
  return () => rm(dir, { recursive: true, force: true });
});

async function hold(dir: string, program: string, env?: NodeJS.ProcessEnv): Promise<Run> {
  const holder = run(program, ['hold', '--dir', dir], env);
  // Ended softly before the test's own clean-up kills it: a killed one leaves its engine.
  onTestFinished(async () => {
    holder.child.kill('SIGTERM');
    await until('the holder to end', () => holder.child.exitCode !== null || holder.child.signalCode !== null);
  });
  await Promise.race([
    once(holder.child, 'message'),
    holder.ended.then(() => {
      throw new Error(holder.err());
    }),
  ]);
  return holder;
}

const state = async (dir: string): Promise<HolderState> =>
  JSON.parse(await readFile(join(dir, 'holder.json'), 'utf8')) as HolderState;

test('what the router prints is rotated by size as its access log is, while PM2 goes on appending to it', async () => {
  const dir = await tempDir();
  const file = join(dir, 'logs/out.log');
  await mkdir(join(dir, 'logs'));
  const appended = await open(file, 'a');
  onTestFinished(() => appended.close());
  onTestFinished(keepOwnLogs(dir, { FANOPS_LOG_BYTES: '20', FANOPS_LOG_LOOK_MS: '20' }));
  for (let turn = 1; turn <= 7; turn += 1) {
    await appended.write(`line ${turn} of the router\n`);
    await until('the rotation', async () => (await stat(file)).size === 0);
  }
  await appended.write('short\n');
  const kept = await Promise.all([1, 2, 3, 4, 5].map((age) => readFile(`${file}.${age}`, 'utf8')));
  expect([await readFile(file, 'utf8'), ...kept]).toEqual([
    'short\n',
    ...[7, 6, 5, 4, 3].map((turn) => `line ${turn} of the router\n`),
  ]);
  expect((await readdir(join(dir, 'logs'))).length).toBe(6);
});

describe.each(['embedded', 'nginx', 'haproxy'] as const)('a holder with the engine %s', (engine) => {
  if (lacks[engine]) return test.skip(`${engine} is not installed on this machine`, () => undefined);

  async function started(from = router, env: NodeJS.ProcessEnv = {}) {
    const dir = await tempDir();
    const program = join(dir, 'router.cjs');
    await cp(from, program);
    if (from === earlier) await earlierTemplates(join(dir, 'templates'));
    await mkdir(join(dir, 'routes'));
    const settings = { engine, listen: { address: '127.0.0.1', port: await freePort() } };
    await putState(dir, stateOf([{ name: 'vm', url: (await named('vm')).url, weight: 1 }], settings));
    const holder = await hold(dir, program, env);
    return { dir, program, settings, holder, url: `http://127.0.0.1:${settings.listen.port}/api/flow` };
  }

  test('an engine that is killed is replaced, and requests wait for it', async () => {
    const { dir, url } = await started();
    const { enginePid } = await state(dir);
    process.kill(enginePid, 'SIGKILL');
    const during = await Promise.all(Array.from({ length: 20 }, () => send(url)));
    expect(during.every(({ body }) => body === 'vm')).toBe(true);
    await until('the new engine', async () => (await state(dir)).enginePid !== enginePid);
    expect((await send(url)).body).toBe('vm');
  });

  test('a holder that is killed leaves its engine, which the next one takes over from', async () => {
    const { dir, url, holder, program } = await started();
    const { enginePid } = await state(dir);
    holder.child.kill('SIGKILL');
    await once(holder.child, 'exit');
    expect((await send(url)).body).toBe('vm');
    await hold(dir, program);
    expect((await state(dir)).enginePid).not.toBe(enginePid);
    expect((await send(url)).body).toBe('vm');
    await until('the old engine to end', () => !isThere(enginePid));
  });

  test('another program takes over while the old one serves', async () => {
    const { dir, url, program } = await started();
    const { program: before } = await state(dir);
    await put(dir, 'router.cjs', `${await readFile(program, 'utf8')}\n`);
    const bodies: string[] = [];
    await until('the new program', async () => {
      bodies.push((await send(url)).body);
      return (await state(dir)).program !== before;
    });
    expect([...new Set(bodies)]).toEqual(['vm']);
  });

  test('a program of a version before, with templates, routes and a holder.json of then, is followed by the new one, which takes a changed route at once', async () => {
    const { dir, url } = await started(earlier);
    const cli = async (...args: string[]) => {
      const done = run(router, [...args, '--dir', dir]);
      return { code: await done.ended, out: done.out(), err: done.err() };
    };
    const other = (await named('other')).url;
    await writeFile(
      join(dir, 'wanted.json'),
      JSON.stringify(stateOf([{ name: 'vm', url: other, weight: 1 }]).routes[0]),
    );
    const { program: before, ...rest } = await state(dir);
    await put(dir, 'holder.json', rest);
    expect(JSON.parse((await cli('applied')).out)).toMatchObject({ holder: { engine } });
    expect((await cli('probe')).code).toBe(0);
    await put(dir, 'router.cjs', await readFile(router, 'utf8'));
    await until('the new program', async () => ![before, undefined].includes((await state(dir)).program));
    expect(await cli('put', '--service', 'm1', '--probe', '--file', join(dir, 'wanted.json'))).toMatchObject({
      code: 0,
      err: '',
    });
    expect((await send(url)).body).toBe('other');
  });

  test('requests that run for long finish when the router ends, within the time that PM2 gives it; what runs longer is cut', async () => {
    const slow = await backend(
      (req, res) =>
        void setTimeout(() => res.end('done'), Number(new URL(req.url ?? '', 'http://x').searchParams.get('ms'))),
    );
    const { dir, url, holder } = await started(router, { FANOPS_SHUTDOWN_MS: '8000' });
    await writeFile(
      join(dir, 'wanted.json'),
      JSON.stringify(stateOf([{ name: 'vm', url: slow.url, weight: 1 }]).routes[0]),
    );
    expect(
      await run(router, ['put', '--service', 'm1', '--force', '--file', join(dir, 'wanted.json'), '--dir', dir]).ended,
    ).toBe(0);
    const underWay = Promise.allSettled([send(`${url}?ms=4000`), send(`${url}?ms=60000`)]);
    await delay(500);
    const began = Date.now();
    holder.child.kill('SIGTERM');
    const [short, long] = await underWay;
    await holder.ended;
    expect(short).toMatchObject({ value: { status: 200, body: 'done' } });
    expect(long).not.toMatchObject({ value: { status: 200 } });
    expect(Date.now() - began).toBeLessThan(20_000);
  });

  test('another port is opened before the old one is given up', async () => {
    const { dir, url, settings } = await started();
    const port = await freePort();
    await put(dir, 'router.json', { ...settings, listen: { ...settings.listen, port } });
    await applied(dir, ({ listen }) => listen.port === port);
    expect((await send(url.replace(String(settings.listen.port), String(port)))).body).toBe('vm');
    await until('the old port to be closed', () =>
      send(url).then(
        () => false,
        () => true,
      ),
    );
  });
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // no such process
  }
}
