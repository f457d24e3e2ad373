import { expect, onTestFinished, test } from 'vitest';
import type { OperationContext } from '../../../../src/kit/context.js';
import { parseContainer } from '../../../../src/platforms/docker/engine.js';
import { dockerEnv, parseDockerEnv } from '../../../../src/platforms/docker/env-file.js';
import { isOurName, namesOf, networkAlias } from '../../../../src/platforms/docker/names.js';
import { requireOwn } from '../../../../src/platforms/docker/own.js';
import type { Transport } from '../../../../src/transports/transport.js';
import { hostContext, withTransport } from '../../../helpers/host-context.js';

const FLEET = `
fleet: f
hosts: { app-1: { address: 192.0.2.2, roles: [app] } }
services: { m1: { source: ./m1, placements: { box: { platform: docker, host: app-1, port: 7001 } } } }
`;

test('settings reach a container byte for byte, or their name is in the error', () => {
  const values = { A: ' "quoted" \'x\' $HOME `id` #no', B: '', C: 'a=b=c', D: 'ünï ' };
  expect(parseDockerEnv(dockerEnv(values, 'services.m1.settings'))).toEqual(values);
  for (const value of ['a\nb', 'a\r', 'a\0b', 'x'.repeat(70_000)])
    expect(() => dockerEnv({ SECRET: value }, 'services.m1.settings')).toThrow(/^The setting SECRET has/);
});

test('a container is read with its labels and the ports that it publishes', () => {
  const line = JSON.stringify({
    Names: 'fanops-m1-proxy-7001',
    Image: 'fanops/m1-proxy:1',
    State: 'running',
    Labels: 'io.fanops.fleet=f,io.fanops.service=m1',
    Ports: '127.0.0.1:7001->8080/tcp, [::]:7002->8080/tcp, 9000/tcp',
  });
  expect(parseContainer(line)).toEqual({
    name: 'fanops-m1-proxy-7001',
    image: 'fanops/m1-proxy:1',
    state: 'running',
    isUnhealthy: false,
    labels: { 'io.fanops.fleet': 'f', 'io.fanops.service': 'm1' },
    published: ['127.0.0.1:7001', '[::]:7002'],
  });
});

test('names of containers of one service are not those of another whose name begins alike', () => {
  const names = [
    'fanops-m1-proxy-80',
    'fanops-m1-20260101-000000-abcdef01',
    'fanops-m1-20260101-000000-abcdef01-quiet',
  ];
  expect(names.map((name) => isOurName('m1', name))).toEqual([true, true, true]);
  expect(['fanops-m1-db', 'fanops-m1-web-proxy-80', 'm1'].map((name) => isOurName('m1', name))).toEqual([
    false,
    false,
    false,
  ]);
});

const PARTS = `
fleet: f
hosts: { app-1: { provider: local, roles: [app] }, app-2: { provider: local, roles: [app] } }
services: { m1: { source: ./m1, placements: { box: { platform: docker, hosts: [app-1, { host: app-2, port: 7002 }], port: 7001 } } } }
`;

test('hosts that share the engine of a machine have names of their own on it, the first those of the service alone', () => {
  const { ctx, dispose } = hostContext(PARTS, {});
  onTestFinished(dispose);
  return ctx.fleet().then((fleet) => {
    const [first, second] = ['app-1', 'app-2'].map((host) => namesOf(fleet, { service: 'm1', host }));
    expect([first?.network, first?.volume, first?.proxy(7001)]).toEqual([
      'fanops-m1',
      'fanops-m1-state',
      'fanops-m1-proxy-7001',
    ]);
    expect([second?.network, second?.container('r', false)]).toEqual(['fanops-m1.app-2', 'fanops-m1.app-2-r-quiet']);
    expect([first?.isOurs('fanops-m1.app-2-proxy-1'), second?.isOurs('fanops-m1.app-2-proxy-1')]).toEqual([
      false,
      true,
    ]);
  });
});

test('a container whose name is too long for a network is reached by another one, each by its own', () => {
  expect(networkAlias('fanops-m1-20260101-000000-abcdef01')).toBe('fanops-m1-20260101-000000-abcdef01');
  const long = ['a', 'b'].map((end) => networkAlias(`fanops-${'m'.repeat(40)}-20260101-000000-abcdef01-${end}`));
  expect(new Set(long).size).toBe(2);
  for (const alias of long) expect(alias).toMatch(/^[a-z0-9-]{1,63}$/);
});

/** Looks at an engine that has one container and prints these lines about networks and images. */
async function look(container: object, others = ''): Promise<void> {
  const { ctx, dispose } = hostContext(FLEET, {});
  onTestFinished(dispose);
  const run = async ({ argv }: { argv: string[] }) => ({
    code: 0,
    signal: null,
    stderr: '',
    stdout: argv.includes('fanops-own')
      ? others
      : argv.includes('fanops-port')
        ? 'EADDRINUSE\n'
        : argv.includes('ps') && !argv.some((word) => word.startsWith('volume='))
          ? `${JSON.stringify(container)}\n`
          : '',
  });
  const transport = { run, getFile: async () => undefined } as unknown as Transport;
  const own: OperationContext = withTransport(ctx, async () => transport);
  return requireOwn(own, { service: 'm1', host: 'app-1' }, [7001]);
}

const LABELS = 'io.fanops.fleet=f,io.fanops.service=m1,io.fanops.host=app-1';
const PROXY = { Names: 'fanops-m1-proxy-7001', State: 'running', Ports: '0.0.0.0:7001->8080/tcp', Labels: LABELS };

test.each([
  ['a container of the same name without labels', { ...PROXY, Labels: '' }, '', 'the container fanops-m1-proxy-7001'],
  ['one of another fleet', { ...PROXY, Labels: LABELS.replace('fleet=f', 'fleet=g') }, '', 'the container fanops-m1'],
  ['one that has the port', { ...PROXY, Names: 'db', Labels: '' }, '', 'the container db has port 7001 of m1'],
  ['a network', PROXY, 'network fanops-m1 {}\n', 'the network fanops-m1'],
  ['a volume', PROXY, 'volume fanops-m1-state {"by":"somebody"}\n', 'the volume fanops-m1-state'],
  [
    'a volume without labels that no container of the service has',
    PROXY,
    'volume fanops-m1-state null\n',
    'the volume',
  ],
  ['an image', PROXY, 'image fanops/m1:1 null\n', 'the image fanops/m1:1'],
])('%s belongs to somebody else and is refused', async (_what, container, others, message) => {
  await expect(look(container, others)).rejects.toMatchObject({
    code: 'NOT_OURS',
    message: expect.stringContaining(message) as string,
  });
});

test('what has the labels of the service is its own', async () => {
  const labels = JSON.stringify({ 'io.fanops.fleet': 'f', 'io.fanops.service': 'm1', 'io.fanops.host': 'app-1' });
  await look(PROXY, `network fanops-m1 ${labels}\nimage fanops/m1:1 ${labels}\n`);
});

test('a port that a program has which is no container is refused before anything changes', async () => {
  const other = { ...PROXY, Ports: '' };
  await expect(look(other)).rejects.toMatchObject({
    code: 'PORT',
    exitCode: 5,
    message: 'Port 7001 on app-1 is taken by another program.',
  });
});
