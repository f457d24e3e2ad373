import { expect, it } from 'vitest';
import { startFixture } from './helpers/host.js';

it('1.7 streaming: body both ways, params, duplicate query values, library cookies', async () => {
  const host = await startFixture('stream');
  const body = new ReadableStream({
    start(controller) {
      for (const part of ['one ', 'two ', 'three']) controller.enqueue(Buffer.from(part));
      controller.close();
    },
  });
  const answer = await fetch(`${host.url}/api/upper/ada?d=1&d=2`, {
    method: 'POST',
    body,
    duplex: 'half',
  } as RequestInit);
  expect(await answer.text()).toBe('ONE TWO THREE');
  expect([answer.headers.get('x-name'), answer.headers.get('x-dupes')]).toEqual(['ada', '1|2']);
  expect(answer.headers.getSetCookie()).toEqual(['a=1']);
  expect(answer.headers.get('x-ms-invocation-id')).toMatch(/^[0-9a-f-]{36}$/);
});

it('1.7 streaming, on purpose unlike Azure: a throw is 500 and undefined is 204, at once', async () => {
  const host = await startFixture('stream');
  expect((await fetch(`${host.url}/api/throws`)).status).toBe(500);
  expect((await fetch(`${host.url}/api/nothing`)).status).toBe(204);
  expect((await fetch(`${host.url}/api/none`)).status).toBe(404);
});
