import { expect, onTestFinished, test } from 'vitest';
import type { OperationContext } from '../../../../src/kit/context.js';
import { observeReadiness } from '../../../../src/platforms/docker/readiness.js';
import type { Transport } from '../../../../src/transports/transport.js';
import { hostContext } from '../../../helpers/host-context.js';

const FLEET = `
fleet: f
hosts: { app-1: { address: 192.0.2.2, roles: [app] } }
services: { m1: { source: ./m1, placements: { box: { platform: docker, host: app-1, port: 7001 } } } }
`;
const RELEASE = '20260101-000000-abcdef01';
const RECORD = {
  service: 'm1',
  release: RELEASE,
  platform: 'docker',
  background: false,
  port: 7001,
  run: 'r',
  at: 't',
};
const LABELS = 'io.fanops.fleet=f,io.fanops.service=m1,io.fanops.host=app-1';
const APP = {
  Names: `fanops-m1-${RELEASE}-quiet`,
  State: 'running',
  Status: 'Up',
  Labels: `${LABELS},io.fanops.role=app`,
};
const PROXY = {
  Names: 'fanops-m1-proxy-7001',
  State: 'running',
  Labels: `${LABELS},io.fanops.role=proxy,io.fanops.listen=0.0.0.0:7001`,
};

interface Engine {
  containers: object[];
  record?: object;
  health?: object;
  target?: string;
}

/** What is told of a service on an engine. */
async function look({ containers, record = RECORD, health = { ok: true }, target = APP.Names }: Engine) {
  const { ctx, dispose } = hostContext(FLEET, {});
  onTestFinished(dispose);
  const answer = (argv: readonly string[]): string => {
    if (argv[1] === 'ps') return containers.map((each) => JSON.stringify(each)).join('\n');
    return JSON.stringify(argv[1] === 'run' ? { seen: 'health 503', ...health } : { target: { name: target } });
  };
  const transport = async () =>
    ({
      run: async ({ argv }: { argv: readonly string[] }) => ({ code: 0, stdout: answer(argv), stderr: '' }),
      getFile: async (path: string) =>
        Buffer.from(
          JSON.stringify(path.endsWith('service.json') ? record : { port: 80, health: { path: '/' }, proxy: 'p' }),
        ),
    }) as unknown as Transport;
  const own: OperationContext = { ...ctx, hosts: { ...ctx.hosts, transport } };
  return observeReadiness(own, { service: 'm1', host: 'app-1' });
}

test('a container that runs, is healthy and gets the requests of its proxy is ready', async () => {
  expect(await look({ containers: [APP, PROXY] })).toEqual({ host: 'app-1', ready: true });
});

test.each([
  ['is missing', { containers: [PROXY] }, `container ${APP.Names} is missing`, 'deploy'],
  ['is down', { containers: [{ ...APP, State: 'exited' }, PROXY] }, `${APP.Names} is exited`, 'deploy'],
  ['is started again and again', { containers: [{ ...APP, State: 'restarting' }, PROXY] }, 'is restarting', 'logs'],
  ['fails its own check', { containers: [{ ...APP, Status: 'Up 1 hour (unhealthy)' }, PROXY] }, 'is unhealthy', 'logs'],
  ['does not answer well', { containers: [APP, PROXY], health: { ok: false } }, 'health 503', 'logs'],
  ['has no proxy', { containers: [APP] }, 'no proxy listens on port 7001', 'deploy'],
  [
    'has one that is down',
    { containers: [APP, { ...PROXY, State: 'exited' }] },
    'the proxy fanops-m1-proxy-7001 is exited',
    'deploy',
  ],
  ['gets no requests', { containers: [APP, PROXY], target: 'another' }, 'sends requests to another', 'deploy'],
])(
  'of a container that %s it is told, with the command that goes on from there',
  async (_what, engine, detail, verb) => {
    expect(await look(engine)).toMatchObject({
      ready: false,
      detail: expect.stringContaining(detail) as string,
      next: `fanops ${verb} m1`,
    });
  },
);
