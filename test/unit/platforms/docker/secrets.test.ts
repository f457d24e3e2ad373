import { expect, onTestFinished, test } from 'vitest';
import type { OperationContext } from '../../../../src/kit/context.js';
import { rememberOf } from '../../../../src/platforms/docker/secrets.js';
import type { Transport } from '../../../../src/transports/transport.js';
import { hostContext } from '../../../helpers/host-context.js';

const FLEET = 'fleet: f\nhosts: { app-1: { address: 192.0.2.2, roles: [app] } }\n';

test('what a release has in its container as files is masked in what its app prints, and so are its settings', async () => {
  const { ctx, dispose } = hostContext(FLEET, {});
  onTestFinished(dispose);
  const files: Record<string, string> = {
    'container.json': JSON.stringify({ port: 80, secrets: ['/run/fanops/keys.json', '/run/other'] }),
    'docker-on.env': 'STORAGE=the storage secret\n',
    'secrets/0': JSON.stringify({ functionKeys: { default: 'function-key-1' } }),
    'secrets/1': 'no JSON at all',
  };
  const getFile = async (path: string) => {
    const text = files[path.replace(/^.*\/releases\/r1\//, '')];
    return text === undefined ? undefined : Buffer.from(text);
  };
  const transport = async () => ({ getFile }) as unknown as Transport;
  const own: OperationContext = { ...ctx, hosts: { ...ctx.hosts, transport } };
  await rememberOf(own, { service: 'm1', host: 'app-1', release: 'r1' });
  expect(ctx.secrets.scrubber.scrub('code=function-key-1, the storage secret, no JSON at all, default')).toBe(
    'code=[secret], [secret], [secret], default',
  );
  // A release that was pruned meanwhile is no error.
  await rememberOf(own, { service: 'm1', host: 'app-1', release: 'r0' });
});
