import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { running } from '../edge/running.js';
import { fixture } from '../helpers/host.js';
import { waitFor } from '../helpers/wait.js';
import { send, type Sent } from './servers.js';

const direct = running('pipe-v4');
const library = running('pipe-v4', { env: { FANOPS_LIBRARY_CALLS: '1' } });

const source = createRequire(import.meta.url);
const { results } = source(join(fixture('pipe-v4'), 'src', 'results.js')) as { results: Record<string, unknown> };
const { reads } = source(join(fixture('pipe-v4'), 'src', 'reads.js')) as { reads: Record<string, unknown> };

/** Status, headers without the date, body: from both hosts. */
async function both(path: string, sent: Sent = {}): Promise<[unknown, unknown]> {
  const ask = async (base: string): Promise<unknown> => {
    const { status, headers, body } = await send(base + path, {
      ...sent,
      headers: { host: 'app.example', ...sent.headers },
    });
    const { date: _date, ...rest } = headers;
    return { path, status, headers: rest, body: body.toString('latin1') };
  };
  return [await ask(direct().url), await ask(library().url)];
}

it.each(Object.keys(results))(
  '[3.6-1, 3.6-4, 3.6-6, 3.8-1, 3.9-1] the short way and the library answer alike: %s',
  async (name) => {
    const [ours, theirs] = await both(`/api/result/${name}`);
    expect(ours).toEqual(theirs);
  },
);

const requests: Record<string, Sent> = {
  'GET without a body': { headers: { 'x-test': 'v' } },
  'GET with a body': { body: 'dropped', headers: { 'x-test': 'v' } },
  'POST without a body': { method: 'POST', headers: { 'x-test': 'v' } },
  'POST text with a BOM': {
    method: 'POST',
    body: '\ufefftäxt',
    headers: { 'content-type': 'text/plain', 'x-test': 'v' },
  },
  'POST JSON': {
    method: 'POST',
    body: '{"a":[1,2],"__proto__":{"b":1}}',
    headers: { 'content-type': 'application/json', 'x-test': 'v' },
  },
  'POST broken JSON': { method: 'POST', body: '{"a":', headers: { 'content-type': 'application/json' } },
  'POST bytes': {
    method: 'POST',
    body: Buffer.from([255, 0, 128]),
    headers: { 'content-type': 'application/octet-stream' },
  },
  'POST chunked': { method: 'POST', body: 'in chunks', chunked: true },
  'PUT a form': {
    method: 'PUT',
    body: 'a=1&b=%20x&a=2',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  },
  'POST multipart': {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=XX' },
    body: '--XX\r\ncontent-disposition: form-data; name="f"; filename="a.txt"\r\n\r\nfile\r\n--XX\r\ncontent-disposition: form-data; name="t"\r\n\r\ntext\r\n--XX--\r\n',
  },
};

it.each(Object.entries(requests))(
  '[3.5-14, 3.5-15, 3.5-16, 3.5-17, 3.5-18, 3.5-19] the app reads the same of the request: %s',
  async (_title, sent) => {
    for (const name of Object.keys(reads)) {
      const [ours, theirs] = await both(`/api/read/${name}?a=1&a=2&b=&constructor=x&__proto__=y`, sent);
      expect(ours).toEqual(theirs);
    }
  },
);

it('[3.5-1, 3.5-2] addresses come out alike, normalised as by URL', async () => {
  const paths = [
    '/api/read/parts',
    '/api/read/parts?',
    '/api/read/parts?a=%zz&b=%41+c',
    '/API/Read/parts/?x=%2F',
    '/api/read/parts?\'"<>`{}|',
    '/api/./read/../read/parts',
  ];
  for (const path of paths) {
    const proxied: Record<string, string>[] = [
      {},
      { 'x-forwarded-proto': 'https' },
      { 'disguised-host': 'public.example:8443', 'x-forwarded-proto': 'HTTPS, http' },
    ];
    for (const headers of proxied) {
      const [ours, theirs] = await both(path, { headers });
      expect(ours).toEqual(theirs);
      expect(ours).toMatchObject({ status: 200 });
    }
  }
});

it("[7-16] a line logged after the end comes with the library's own warning, on either way", async () => {
  for (const host of [direct(), library()]) {
    const id = (await send(`${host.url}/api/late`)).body.toString();
    const said = (text: string): number =>
      host
        .stderr()
        .split('\n')
        .filter((line) => line.includes(id) && line.includes(text)).length;
    await waitFor('the late lines', () => said('warned late') === 1);
    expect([said('said late'), said('after function execution has completed')]).toEqual([1, 2]);
  }
});

it('[3.6-6] answers on their way keep their bytes while the app uses its buffer again', async () => {
  const letters = Array.from({ length: 60 }, (_, n) => String.fromCharCode(97 + (n % 26)));
  for (let round = 0; round < 2; round++) {
    const answers = await Promise.all(
      letters.map(async (letter) => (await send(`${direct().url}/api/shared/${letter}`)).body),
    );
    answers.forEach((body, n) =>
      expect([body.length, body.equals(Buffer.alloc(2 ** 20, letters[n]))]).toEqual([2 ** 20, true]),
    );
  }
});
