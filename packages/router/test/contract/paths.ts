import { expect, test } from 'vitest';
import type { Contract } from './contract.js';
import { rawRequest } from './raw.js';

/** Path, and the service that gets it as it was sent, or the status that the router gives. */
const paths: [string, string | number][] = [
  ['/Api/Flow', 'cased'],
  ['/api/flow', 'cased'],
  ['/API/FLOW/x', 'cased'],
  ['/api/flow/', 'cased'],
  ['/api/flow//', 'cased'],
  ['/api/flow?x=/../y', 'cased'],
  ['/api/flow/STATUS', 'below'],
  ['/api/flow/status/1', 'below'],
  ['/api/flow/statuses', 'cased'],
  ['/api/flows', 404],
  ['/api', 404],
  ['/api/%66low/x', 'cased'],
  ['/api/%46LOW', 'cased'],
  ['/api%2Fflow', 'cased'],
  ['/api%2fflow%2Fstatus', 'below'],
  ['/api/flow/a%2Fb//c?x=1&y=%20%zz', 'cased'],
  ['/api/./flow', 'cased'],
  ['/x/../api/flow', 'cased'],
  ['/api/flow/./x', 'cased'],
  ['/api/flow/a/../b', 'cased'],
  ['/api/flow/a//../b', 'cased'],
  ['/api/flow/..', 404],
  ['/api/flow/../private', 404],
  ['/api/flow/%2e%2e/private', 404],
  ['/api/flow/.%2E/private', 404],
  ['/api/flow/..%2fprivate', 404],
  ['/api/flow/x/../../private', 404],
  ['/api/flow/%252e%252e/private', 'cased'],
  ['/api/flow/...', 'cased'],
  ['/api/flow/..\\private', 'cased'],
  ['/api/flow/%5c..%5cprivate', 'cased'],
  ['/api\\flow', 404],
  ['/..', 400],
  ['/../api/flow', 400],
  ['/api/flow/../../../x', 400],
  ['/%2e%2e/api/flow', 400],
  ['/x/..%2f..%2fapi/flow', 400],
  ['//api/flow', 404],
  ['/api//flow', 404],
  ['/api/flow;v=1', 404],
  ['/api/flow/;v=1', 'cased'],
  ['/api/flow%0A', 404],
  ['/api/flow%20', 404],
  ['/api/flow%3Fx', 404],
  ['/api/flow/%3F%23', 'cased'],
  ['/api/flow/%00', 400],
  ['/api/flow/%zz', 400],
  ['/api/flow/%2', 400],
  ['/api/flow#x', 400],
  ['/api/flow/\xc3\xbc', 400],
  ['/api/flow?\xc3\xbc', 400],
  ['/api/flow/"<>^`{|}', 'cased'],
  ['/%C3%BCmlaut%20x/1', 'bytes'],
  ['/%c3%bcMLAUT%20X', 'bytes'],
  ['/%C3%9Cmlaut%20x', 404],
  ['/hosted', 404],
  ['/none', 404],
  ['/', 404],
];

/** Which route a request meets, and that the app gets its path as it was sent. */
export function pathContract({ main, app }: Contract): void {
  test.each(paths)('path %s: %s', async (path, wanted) => {
    const before = app().seen.length;
    const { status } = await rawRequest(main().port, `GET ${path} HTTP/1.1\r\nHost: a.example\r\n\r\n`);
    if (typeof wanted === 'number')
      return expect({ status, reached: app().seen.length - before }).toEqual({ status: wanted, reached: 0 });
    expect(status).toBe(200);
    expect(app().last.line).toBe(`GET ${wanted === 'below' ? '/status-of' : ''}${path} HTTP/1.1`);
  });

  test.each([
    ['own.example', 200],
    ['OWN.example:8080', 200],
    ['own.example.', 200],
    ['other.example', 404],
    ['own.example.evil', 404],
  ])('a route of a host: Host %s is %i', async (host, wanted) => {
    expect((await rawRequest(main().port, `GET /Hosted HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).status).toBe(wanted);
    if (wanted === 200) expect(app().last.headers.host).toBe(host);
  });
}
