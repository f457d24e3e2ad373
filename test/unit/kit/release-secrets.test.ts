import { expect, test } from 'vitest';
import { rememberSecrets } from '../../../src/kit/release-secrets.js';
import type { Transport } from '../../../src/transports/transport.js';
import { hostContext, withTransport } from '../../helpers/host-context.js';

test('function keys and settings that a release has on its host are masked in what its app prints', async () => {
  const { ctx, dispose } = hostContext('fleet: f\nhosts: { vm: { address: 10.0.0.5, roles: [app] } }\n', {});
  const files: Record<string, string> = {
    'on.env': "STORAGE='storage-secret'\n",
    'keys.json': JSON.stringify({
      functionKeys: { default: 'function-key-1' },
      masterKey: 'master-key-2',
      systemKeys: {},
    }),
  };
  const transport = {
    getFile: async (path: string) => Buffer.from(files[path.split('/').at(-1) ?? ''] ?? ''),
  } as unknown as Transport;
  await rememberSecrets(
    withTransport(ctx, async () => transport),
    'vm',
    'm1',
    'r1',
  );
  expect(ctx.secrets.scrubber.scrub('GET /api?code=function-key-1 master-key-2 storage-secret default')).toBe(
    'GET /api?code=[secret] [secret] [secret] default',
  );
  await dispose();
});
