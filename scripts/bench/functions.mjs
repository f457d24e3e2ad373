// The functions host against the same handlers on bare Express: requests a second, start, memory, streams.
import { join } from 'node:path';
import { root } from '../lib/setup.mjs';
import { withServers } from './http.mjs';
import { sideBySide } from './measure.mjs';
import { memoryOf, readyAfter, residentAfterStart } from './process.mjs';
import { load } from './servers.mjs';
import { download, upload } from './stream.mjs';

const ROUNDS = 5;
const STARTS = 11;
const STREAM_MB = 500;
const FEW = 20;
const MANY = 220;
const node = process.execPath;
const apps = join(root, 'scripts/bench');
const bundle = join(root, 'packages/functions-host/dist/bundle/functions-host.cjs');

const host = (app) => (port, dir) => [
  node,
  [bundle, '--root', join(apps, app), '--port', String(port), '--state', join(dir, 'state')],
];
const express = (app) => (port) => [node, [join(apps, app, 'express.js'), String(port)]];
const row = (what, unit, command, aim, measured, label = { a: 'on functions-host', b: 'on bare Express 5' }) => ({
  what,
  label,
  unit,
  command,
  aim,
  ...measured,
});

/** @returns {AsyncGenerator<import('./report.mjs').Row>} */
export async function* functions() {
  yield* withServers([host('app'), express('app')], async function* ([a, b]) {
    const get = (port, path) => load(`http://127.0.0.1:${port}${path}`);
    for (const [what, path, over] of [
      ['A small JSON answer', '/api/gates/A1?window=5', 0.85],
      ['An answer of 1 MB', '/api/big', 0.9],
    ]) {
      yield row(
        what,
        'requests/s',
        'autocannon -c 20 -d 3',
        { over },
        await sideBySide(ROUNDS, get(a, path), get(b, path)),
      );
    }
  });
  const started =
    (make, path = '/api/gates0/A1') =>
    () =>
      readyAfter(make, path);
  yield row(
    `Start to the first answer, ${FEW} functions`,
    'ms',
    'functions-host --root app-many',
    { under: 2.5 },
    await sideBySide(STARTS, started(host('app-many')), started(express('app-many'))),
  );
  const each = (make) => async () => {
    const [few, many] = [await residentAfterStart(make, FEW), await residentAfterStart(make, MANY)];
    return Math.max(1, ((many - few) * 1024) / (MANY - FEW));
  };
  yield row(
    `Memory for each further function (${MANY} against ${FEW})`,
    'KB',
    'functions-host --root app-many',
    undefined,
    await sideBySide(ROUNDS, each(host('app-many')), each(express('app-many'))),
  );
  yield row(
    `Memory after the start, ${FEW} functions`,
    'MB',
    'functions-host --root app-many',
    undefined,
    await sideBySide(
      ROUNDS,
      () => residentAfterStart(host('app-many'), FEW),
      () => residentAfterStart(express('app-many'), FEW),
    ),
  );
  for (const [what, work] of [
    ['down', download],
    ['up', upload],
  ]) {
    const peak = async () => memoryOf(host('app-stream'), (port) => work(port, STREAM_MB));
    yield row(
      `Most memory while ${STREAM_MB} MB stream ${what}`,
      'MB',
      'functions-host --root app-stream',
      { under: 1 },
      await sideBySide(3, peak, async () => 120),
      { a: 'on functions-host', b: 'the aim' },
    );
  }
}
