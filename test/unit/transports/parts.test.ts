import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { failedError } from '../../../src/transports/command-errors.js';
import { OUTPUT_LIMIT, Output, lastLines } from '../../../src/transports/output.js';
import { PidFilter } from '../../../src/transports/pid-filter.js';
import { Slots } from '../../../src/transports/slots.js';

describe('pid filter', () => {
  const filter = async (...chunks: string[]): Promise<[string, number | undefined]> => {
    const stream = new PidFilter();
    for (const chunk of chunks) stream.write(chunk);
    stream.end();
    return [await text(stream), stream.pid];
  };

  test.each([
    [['fanops-pid=42\nerr\n'], 'err\n', 42],
    [['fano', 'ps-pid=4', '2', '\nerr'], 'err', 42],
    [['stty: not a tty\nfanops-pid=7\nerr'], 'stty: not a tty\nerr', 7],
    [['fanops-pid=7\nfanops-pid=8\n'], 'fanops-pid=8\n', 7],
    [['no number here'], 'no number here', undefined],
    [['x'.repeat(70_000), 'fanops-pid=7\n'], `${'x'.repeat(70_000)}fanops-pid=7\n`, undefined],
    [[], '', undefined],
  ])('case %#', async (chunks, rest, pid) => {
    expect(await filter(...chunks)).toEqual([rest, pid]);
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
    expect(lastLines(Array.from({ length: 30 }, (_, at) => at).join('\n')).split('\n')).toHaveLength(20);
    expect(lastLines('x'.repeat(9000))).toHaveLength(4000);
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
  const error = failedError('app-1', 'Unpacking', { argv: ['tar'] }, { code: 2, stdout: Buffer.alloc(0), stderr: Buffer.from(stderr) });
  expect(error).toMatchObject({ code, status: 2, stderr });
  expect(error.message).toContain(stderr);
});
