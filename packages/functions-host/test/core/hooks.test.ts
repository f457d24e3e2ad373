import { beforeAll, expect, test } from 'vitest';
import { fixture } from '../helpers/host.js';
import { logged, run, type RunningApp } from './app.js';

let app: RunningApp;
beforeAll(async () => {
  app = await run(fixture('core-v4'));
});

interface Globals {
  loaded: string[];
  order: string[];
  readOnly: [string, string, boolean][];
  startContext: { folder: string; keys: string[]; cwd: string };
}
const globals = async (): Promise<Globals> => (await (await app.get('/api/globals')).json()) as Globals;
const text = async (path: string): Promise<[number, string]> => {
  const answer = await app.get(path);
  return [answer.status, await answer.text()];
};

test('[1.5-17, 1.5-19] appStart hooks run in order, each awaited, with hookData, appHookData and functionAppDirectory', async () => {
  const { order, startContext } = await globals();
  expect(order.filter((entry) => entry.startsWith('start'))).toEqual(['start 1', 'start 2', 'start 3']);
  expect(startContext.folder).toBe(fixture('core-v4'));
  expect(startContext.keys).toEqual(expect.arrayContaining(['hookData', 'appHookData', 'functionAppDirectory']));
});

test('[1.5-16] the current folder is the root of the app while loading and invoking', async () => {
  expect((await globals()).startContext.cwd).toBe(fixture('core-v4'));
  expect(((await (await app.get('/api/show/1')).json()) as { cwd: string }).cwd).toBe(fixture('core-v4'));
});

test('[1.6-2, 1.6-5] preInvocation and postInvocation hooks share hookData and see appHookData', async () => {
  expect(await text('/api/hookedOrder')).toEqual([200, '']);
  const { order } = await globals();
  const at = order.indexOf('core pre by appStart');
  expect(order.slice(at, at + 3)).toEqual(['core pre by appStart', 'runs hookedOrder', 'post hookedOrder pre']);
});

test('[1.6-3, 1.6-12] inputs that a hook reassigns take effect, added ones come before the context', async () => {
  const { args, isContext } = (await (await app.get('/api/hookedInputs')).json()) as {
    args: unknown[];
    isContext: string;
  };
  expect([args, isContext]).toEqual([[{ replaced: true }, 'extra one', 'extra two'], 'function']);
  expect(await text('/api/hookedHandler')).toEqual([200, 'another handler']);
});

test('[1.6-4] a preInvocation hook that throws fails the invocation: neither function nor postInvocation hooks run', async () => {
  expect(await text('/api/hookedPreThrows')).toEqual([500, '']);
  const { order } = await globals();
  expect(order.filter((entry) => entry.includes('hookedPreThrows'))).toEqual([]);
  expect(app.stderr()).toContain('pre says no');
});

test('[1.6-6, 1.6-7] a postInvocation hook may turn a failure into a success and replace the result', async () => {
  expect(await text('/api/hookedRescued')).toEqual([200, 'rescued']);
  expect((await globals()).order).toContain('error to be rescued');
  expect(await text('/api/hookedResult')).toEqual([200, 'the result and replaced, 1 inputs']);
});

test('[1.6-8] a postInvocation hook that throws fails the invocation', async () => {
  expect(await text('/api/hookedPostThrows')).toEqual([500, '']);
  expect(app.stderr()).toContain('post says no');
});

test('[1.5-18] assigning to a read-only member throws a TypeError that names it', async () => {
  await app.get('/api/hookedOrder');
  const { readOnly } = await globals();
  for (const member of ['hookData', 'appHookData', 'invocationContext']) {
    const message = `Cannot assign to read only property '${member}'`;
    expect(readOnly).toContainEqual(['TypeError', expect.stringContaining(message), true]);
  }
});

test('[7-14] user logs have the category Function.NAME.User, with function and id; log hooks change level and message', async () => {
  await app.get('/api/logs');
  const raised = await logged(app, 'raised in logs, user');
  expect(raised).toMatchObject({ level: 'error', category: 'Function.logs.User', function: 'logs' });
  expect(raised.invocationId).toMatch(/^[0-9a-f-]{36}$/);
  expect((await globals()).readOnly).toContainEqual(['TypeError', expect.stringContaining("'category'"), true]);
});

test('log hooks may drop a line, may fail without harm, and do not change the lines of the system', async () => {
  await app.get('/api/logs');
  expect(await logged(app, 'breaks the hook')).toMatchObject({ level: 'information', category: 'Function.logs.User' });
  const messages = app.log().map(({ message }) => message);
  expect(messages).not.toContain('to be dropped');
  expect(messages).not.toContain('changed by a hook');
});

test('[1.5-4, 1.5-20] the end runs the appTerminate hooks, which see the hookData of appStart, and exits with 0', async () => {
  const own = await run(fixture('core-v4'));
  own.child.kill('SIGTERM');
  expect(await own.exited).toBe(0);
  expect(own.log()).toContainEqual(
    expect.objectContaining({ category: 'Host.Function.Console', message: 'terminate sees started=yes' }),
  );
});
