import { beforeAll, expect, test } from 'vitest';
import { fixture } from '../helpers/host.js';
import { logged, run, type LogLine, type RunningApp } from './app.js';

let app: RunningApp;
beforeAll(async () => {
  app = await run(fixture('core-v4'));
});

interface Shown {
  invocationId: string;
  functionName: string;
  traceContext: { traceParent: string; traceState: string; attributes: object };
  options: { trigger: Record<string, unknown>; return: object; extraInputs: unknown[]; extraOutputs: unknown[] };
  hasMetadata: boolean;
  hasRetry: boolean;
  maps: string[];
  isRequest: string;
}
const show = async (headers: Record<string, string> = {}): Promise<Shown> =>
  (await (await app.get('/api/show/1', { headers })).json()) as Shown;

test('[7-1, 7-2, 1.6-1, 1.6-17] v4: the context and its members; no triggerMetadata for HTTP, no retryContext', async () => {
  const shown = await show();
  expect(shown.invocationId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(shown).toMatchObject({
    functionName: 'show',
    hasMetadata: false,
    hasRetry: false,
    maps: ['function', 'function'],
    isRequest: 'HttpRequest',
  });
  expect(Object.keys(shown.options).sort()).toEqual(['extraInputs', 'extraOutputs', 'return', 'trigger']);
  expect((await show()).invocationId).not.toBe(shown.invocationId);
});

test('[1.4-1, 1.4-3] v4: level anonymous, GET and POST, and an http output are the defaults', async () => {
  const { options } = await show();
  expect(options.trigger).toMatchObject({
    type: 'httpTrigger',
    authLevel: 'anonymous',
    methods: ['GET', 'POST'],
    route: 'show/{id}',
  });
  expect(options.return).toMatchObject({ type: 'http' });
  expect([options.extraInputs, options.extraOutputs]).toEqual([[], []]);
});

test('[1.4-2] app.get, post, put, patch and deleteRequest set one method', async () => {
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
  for (const name of ['Get', 'Post', 'Put', 'Patch', 'Delete']) {
    const statuses = [];
    for (const method of methods) statuses.push((await app.get(`/api/only${name}`, { method })).status);
    expect([name, statuses]).toEqual([name, methods.map((method) => (method === name.toUpperCase() ? 200 : 404))]);
  }
});

test('[1.4-4] names of bindings are not parsed: a function registered through the core with names of its own runs', async () => {
  expect(await (await app.get('/api/byCore')).text()).toBe('by the core');
});

test('[7-13, 1.6-16] the trace id of traceparent is passed through with a fresh span id', async () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const { traceContext } = await show({ traceparent: `00-${trace}-00f067aa0ba902b7-01`, tracestate: 'vendor=1' });
  expect(traceContext).toMatchObject({ traceState: 'vendor=1', attributes: {} });
  const [, id, span, flags] = traceContext.traceParent.split('-');
  expect([id, flags]).toEqual([trace, '01']);
  expect(span).toMatch(/^(?!00f067aa0ba902b7)[0-9a-f]{16}$/);
  expect((await show()).traceContext).toMatchObject({
    traceParent: expect.stringMatching(/^00-[0-9a-f]{32}-/) as string,
    traceState: '',
  });
});

test('[7-3] v4: each log method has its level, arguments are formatted', async () => {
  await app.get('/api/logs');
  await logged(app, 'as error');
  const levels = app
    .log()
    .filter(({ category }) => category === 'Function.logs.User')
    .map(({ level, message }) => [level, message]);
  expect(levels.slice(0, 6)).toEqual([
    ['information', 'log text 1 { a: 1 }'],
    ['trace', 'as trace'],
    ['debug', 'as debug'],
    ['information', 'as info'],
    ['warning', 'as warn'],
    ['error', 'as error'],
  ]);
});

test('[7-15] what the app writes to its console reaches the log', async () => {
  await app.get('/api/logs');
  expect(await logged(app, 'by console.log')).toMatchObject({
    level: 'information',
    category: 'Host.Function.Console',
    message: 'by console.log formatted',
  });
  expect(await logged(app, 'by console.error')).toMatchObject({ level: 'error', category: 'Host.Function.Console' });
  expect(app.stdout()).toBe(`ready ${app.url}\n`);
});

test('[7-16] a context.log after the function completed adds a warning', async () => {
  await app.get('/api/logs');
  expect(await logged(app, 'too late')).toMatchObject({ level: 'information' });
  const warning = await logged(app, 'after function execution has completed');
  expect(warning).toMatchObject({ level: 'warning', function: 'logs' });
});

test('[7-17] each invocation logs its start and its end with result, id and duration', async () => {
  const { invocationId } = await show();
  await app.get('/api/throws?what=error');
  const ends = (id: string): LogLine[] =>
    app.log().filter((line) => line.invocationId === id && line.category === 'Function.show');
  expect(ends(invocationId).map(({ level, message }) => [level, message])).toEqual([
    ['information', `Executing 'show' (Id=${invocationId})`],
    [
      'information',
      expect.stringMatching(new RegExp(`^Executed 'show' \\(Succeeded, Id=${invocationId}, Duration=\\d+ms\\)`)),
    ],
  ]);
  const failed = await logged(app, 'a real one');
  expect(failed).toMatchObject({
    level: 'error',
    function: 'throws',
    message: expect.stringMatching(/^Executed 'throws' \(Failed, Id=/) as string,
  });
});

test('[1.6-14] what is thrown and is no Error is wrapped: its text or its JSON; a thrown undefined is no failure', async () => {
  for (const [what, inLog] of [
    ['text', 'just text'],
    ['object', '{"reason":7}'],
    ['number', '42'],
  ] as const) {
    expect((await app.get(`/api/throws?what=${what}`)).status).toBe(500);
    await logged(app, inLog);
  }
  expect((await app.get('/api/throws?what=nothing')).status).toBe(204);
});

test('[1.5-2] app.setup is locked after the start, as are registrations', async () => {
  const answers = (await (await app.get('/api/late')).json()) as [string, boolean][];
  expect(answers.map(([message]) => message)).toEqual([
    'A function can only be registered during app startup.',
    'A function can only be removed during app startup.',
    expect.stringContaining("Setup options can't be changed"),
  ]);
  expect(answers.map(([, system]) => system)).toEqual([true, true, true]);
});
