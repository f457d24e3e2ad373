import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { OperationContext } from '../../../../src/kit/context.js';
import { keptReleases } from '../../../../src/kit/release-folder.js';
import { pruneStep } from '../../../../src/platforms/pm2/prune.js';
import type { StepIo } from '../../../../src/core/step.js';
import type { Transport } from '../../../../src/transports/transport.js';
import { hostContext, withTransport } from '../../../helpers/host-context.js';
import { serviceRecordOf } from '../../../helpers/wire.js';

const exec = promisify(execFile);
const FLEET = 'fleet: f\nhosts:\n  app: { address: 127.0.0.1, roles: [app] }\n';
/** Made in this order; the ids of the second operator, whose clock is ten years behind, sort before those of the first. */
const MADE = [
  '20300101-000000-a',
  '20300101-000001-b',
  '20300101-000002-c',
  '20300101-000003-d',
  '20200101-000000-e',
  '20200101-000001-f',
  '20200101-000002-g',
  '20200101-000003-h',
];
const OLD = MADE.slice(0, 3);

let home: string;
let pm2: { name: string; script: string; release: string; status: string }[];
let made: ReturnType<typeof hostContext>;
let ctx: OperationContext;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'fo-prune-'));
  made = hostContext(FLEET, {});
  const transport = {
    getFile: async (path: string) => {
      try {
        return readFileSync(join(home, path));
      } catch {
        return undefined;
      }
    },
    run: async ({ argv }: { argv: string[] }) =>
      argv.at(-1) === 'jlist'
        ? { code: 0, signal: null, stdout: JSON.stringify(pm2), stderr: '' }
        : { code: 0, signal: null, ...(await exec(argv[0]!, argv.slice(1), { cwd: home })) },
  } as unknown as Transport;
  ctx = withTransport(made.ctx, async () => transport);
});
afterAll(async () => {
  await made.dispose();
  rmSync(home, { recursive: true, force: true });
});

const releases = (): string => join(home, 'fanops/services/m1/releases');
beforeEach(() => {
  rmSync(join(home, 'fanops'), { recursive: true, force: true });
  for (const [at, id] of MADE.entries()) {
    mkdirSync(join(releases(), id), { recursive: true });
    writeFileSync(join(releases(), id, 'release.json'), '{}');
    utimesSync(join(releases(), id, 'release.json'), 1000 + at, 1000 + at);
  }
  mkdirSync(join(releases(), '20400101-000000-unfinished'));
  pm2 = [];
});

const removed = async (): Promise<string[]> => {
  const io = { ctx, input: { service: 'm1', host: 'app' } } as unknown as StepIo<
    OperationContext,
    { service: string; host: string }
  >;
  const { state, changes = [] } = (await pruneStep.handler.check!(io, undefined)) as {
    state: string;
    changes?: string[];
  };
  return state === 'done' ? [] : changes.map((change) => change.replace(/^release (\S+) is removed$/, '$1'));
};
const record = (content: object): void =>
  writeFileSync(join(home, 'fanops/services/m1/service.json'), JSON.stringify(serviceRecordOf(content)));

test('releases are old by the clock of the host: those of an operator whose clock is behind stay when they are the newest', async () => {
  expect(await keptReleases(ctx, 'app', 'm1')).toEqual(MADE);
  expect(await removed()).toEqual(OLD);
});

test('no release, and a service that never was there, are no errors', async () => {
  rmSync(join(home, 'fanops'), { recursive: true });
  expect([await keptReleases(ctx, 'app', 'm1'), await removed()]).toEqual([[], []]);
  mkdirSync(releases(), { recursive: true });
  expect([await keptReleases(ctx, 'app', 'm1'), await removed()]).toEqual([[], []]);
});

test('however old: the release of the record, the one before, that of the link, and what runs or is tried under PM2 stay', async () => {
  record({ release: OLD[0], previous: OLD[1] });
  expect(await removed()).toEqual([OLD[2]]);
  record({ release: MADE[7] });
  symlinkSync(`releases/${OLD[2]}`, join(home, 'fanops/services/m1/current'));
  expect(await removed()).toEqual([OLD[0], OLD[1]]);
  pm2 = [
    {
      name: 'm1',
      script: 'fanops/services/m1/current/runtime/functions-host.cjs',
      release: OLD[0]!,
      status: 'stopping',
    },
    {
      name: 'm1--trial',
      script: `fanops/services/m1/releases/${OLD[1]}/runtime/functions-host.cjs`,
      release: OLD[1]!,
      status: 'online',
    },
  ];
  expect(await removed()).toEqual([]);
});

test.runIf(process.platform === 'linux')(
  'a release that a process still works in stays, such as that of a worker that PM2 has given up',
  async () => {
    const worker = spawn('sleep', ['3600.3'], { cwd: join(releases(), OLD[1]!) });
    try {
      await new Promise((resolve) => worker.once('spawn', resolve));
      expect(await removed()).toEqual([OLD[0], OLD[2]]);
    } finally {
      worker.kill('SIGKILL');
    }
  },
);
