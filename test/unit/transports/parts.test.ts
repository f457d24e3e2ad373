import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { failedError } from '../../../src/transports/command-errors.js';
import { OUTPUT_LIMIT, Output, excerpt } from '../../../src/transports/output.js';
import { AnswerFilter } from '../../../src/transports/answer-filter.js';
import { Slots } from '../../../src/transports/slots.js';

describe('answer filter', () => {
  const filter = async (...chunks: string[]): Promise<Record<string, unknown>> => {
    const stream = new AnswerFilter('M1');
    for (const chunk of chunks) stream.write(chunk);
    stream.end();
    const own = await text(stream);
    const { before, after } = stream.foreign;
    return Object.fromEntries(
      Object.entries({ own, pid: stream.pid, code: stream.code, before, after }).filter(
        ([, value]) => value !== undefined && value !== '',
      ),
    );
  };
  const noise = 'x'.repeat(70_000);

  test.each([
    [['fanops:M1 42\nerr\n'], { own: 'err\n', pid: 42 }],
    [['fano', 'ps:M1 4', '2', '\nerr'], { own: 'err', pid: 42 }],
    [['hello\nfanops:M1 7\nerr'], { own: 'err', pid: 7, before: 'hello\n' }],
    [['no line end', 'fanops:M1 7\nerr'], { own: 'err', pid: 7, before: 'no line end' }],
    [['fanops:M2 1\nfanops:M1 7\nfanops:M1 8\n'], { own: 'fanops:M1 8\n', pid: 7, before: 'fanops:M2 1\n' }],
    [['fanops:M1 7\nnot=an end, fanops:M1=3\n'], { own: 'not=an end, fanops:M1=3\n', pid: 7 }],
    [['no mark'], { before: 'no mark' }],
    [[noise, 'fanops:M1 7\nerr'], { own: 'err', pid: 7, before: noise.slice(0, 16_384) }],
    [
      ['hi\n', 'fanops:M1 7 w\none\ntwo', 'fano', 'ps:M1=', '3\nb', 'ye'],
      { own: 'one\ntwo', pid: 7, code: 3, before: 'hi\n', after: 'bye' },
    ],
    [['fanops:M1 7 w\nfanops:M', '1 is no end'], { own: 'fanops:M1 is no end', pid: 7 }],
    [[], {}],
  ])('case %#', async (chunks, expected) => {
    expect(await filter(...chunks)).toEqual(expected);
  });
});

describe('output', () => {
  test('gives up on a stream that is too long', async () => {
    const faults: string[] = [];
    const output = new Output(undefined, (reason, detail) => faults.push(`${reason} ${detail}`));
    const stream = new PassThrough();
    const done = output.read('stdout', stream);
    for (let sent = 0; sent < OUTPUT_LIMIT; sent += 8 << 20) stream.write(Buffer.alloc(8 << 20));
    stream.end('one byte too many');
    await done;
    expect(faults).toEqual(['limit stdout']);
    expect(output.bytes('stdout').length).toBe(OUTPUT_LIMIT);
  });

  test('a listener that throws is a fault of the command', async () => {
    const faults: string[] = [];
    const thrower = (): void => {
      throw new Error('no room');
    };
    const output = new Output(thrower, (reason, detail) => faults.push(`${reason} ${detail}`));
    const stream = new PassThrough();
    const done = output.read('stderr', stream);
    stream.end('a\nb');
    await done;
    expect(faults).toEqual(['listener no room', 'listener no room']);
  });

  test('last lines', () => {
    expect(excerpt(Array.from({ length: 30 }, (_, at) => at).join('\n')).split('\n')).toHaveLength(20);
    expect(excerpt('x'.repeat(9000))).toHaveLength(4000);
  });
});

test('slots are handed on in order, and given back once', async () => {
  const slots = new Slots(1);
  const first = await slots.take();
  const order: number[] = [];
  const second = slots.take().then((release) => (order.push(2), release));
  const third = slots.take().then((release) => (order.push(3), release));
  first();
  first();
  (await second)();
  await third;
  expect(order).toEqual([2, 3]);
});

test.each([
  ['tar: a: Cannot write: No space left on device', 'DISK_FULL'],
  ['cat: write error: Disk quota exceeded', 'DISK_FULL'],
  ['tar: a: Permission denied', 'REMOTE'],
])('a failure that says %j has the code %s', (stderr, code) => {
  const error = failedError(
    'app-1',
    'Unpacking',
    { argv: ['tar'] },
    { code: 2, stdout: Buffer.alloc(0), stderr: Buffer.from(stderr) },
  );
  expect(error).toMatchObject({ code, status: 2, stderr });
  expect(error.message).toContain(stderr);
});
