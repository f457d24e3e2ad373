import { describe, expect, test } from 'vitest';
import { endpointProblems } from '../../../src/providers/endpoints.js';
import { MODULES } from '../../helpers/modules.js';

const message = async (
  provider: string,
  key: string,
  value: string,
  allowed: string[] = [],
): Promise<string | undefined> =>
  (await endpointProblems({ [provider]: { [key]: value } }, MODULES.providers, () => Promise.resolve(allowed)))[0]
    ?.message;

describe('addresses to which a login may be sent', () => {
  test.each([
    ['aws', 'endpoint', 'https://ec2.eu-west-1.amazonaws.com'],
    ['aws', 'endpoint', 'https://ec2-fips.us-gov-west-1.amazonaws.com'],
    ['aws', 'endpoint', 'https://ec2.cn-north-1.amazonaws.com.cn'],
    ['aws', 'endpoint', 'https://vpce-0a1b-2c3d.ec2.eu-west-1.vpce.amazonaws.com/'],
    ['aws', 'pricingEndpoint', 'https://api.pricing.us-east-1.amazonaws.com'],
    ['azure', 'endpoint', 'https://management.azure.com'],
    ['azure', 'endpoint', 'https://MANAGEMENT.usgovcloudapi.net/'],
    ['azure', 'endpoint', 'https://westeurope.management.azure.com'],
    ['azure', 'endpoint', 'https://management.chinacloudapi.cn'],
    ['azure', 'pricingEndpoint', 'https://prices.azure.com'],
    ['gcp', 'endpoint', 'https://compute.googleapis.com:443'],
    ['gcp', 'endpoint', 'https://compute-eu.p.googleapis.com'],
    ['gcp', 'pricingEndpoint', 'https://cloudbilling.googleapis.com'],
    ['gcp', 'endpoint', 'http://127.0.0.1:8080'],
    ['aws', 'endpoint', 'http://localhost:5000'],
    ['aws', 'endpoint', 'http://LOCALHOST:5000'],
    ['azure', 'endpoint', 'https://[::1]:8443'],
    ['gcp', 'endpoint', 'http://127.8.9.1'],
    ['gcp', 'endpoint', 'http://[::ffff:127.0.0.1]:80'],
    ['docker', 'host', 'unix:///var/run/docker.sock'],
    ['docker', 'host', 'tcp://127.0.0.1:2375'],
    ['docker', 'host', 'ssh://localhost'],
  ])('%s.%s %s is the cloud itself or this machine', async (provider, key, value) => {
    expect(await message(provider, key, value)).toBeUndefined();
  });

  test.each([
    ['aws', 'endpoint', 'http://ec2.eu-west-1.amazonaws.com'],
    ['azure', 'endpoint', 'http://management.azure.com'],
    ['gcp', 'endpoint', 'http://compute.googleapis.com'],
    ['gcp', 'endpoint', 'http://169.254.169.254'],
    ['gcp', 'endpoint', 'http://[::ffff:169.254.169.254]'],
    ['gcp', 'endpoint', 'http://0.0.0.0:8080'],
    ['gcp', 'endpoint', 'http://[::]:8080'],
    ['docker', 'host', 'tcp://192.0.2.1:2375'],
    ['docker', 'host', 'tcp://0.0.0.0:2375'],
    ['gcp', 'endpoint', 'http://localhost.'],
    ['gcp', 'endpoint', 'http://127.0.0.1.nip.io'],
    ['gcp', 'endpoint', 'http://localhost.evil.example'],
    ['aws', 'pricingEndpoint', 'http://evil.example'],
  ])('%s.%s %s is refused: the login would go in the clear', async (provider, key, value) => {
    expect(await message(provider, key, value, ['*.example', '169.254.169.254', '0.0.0.0', '192.0.2.1'])).toMatch(
      /in the clear$/,
    );
  });

  test.each([
    ['aws', 'endpoint', 'https://evil.example'],
    ['aws', 'endpoint', 'https://ec2.eu-west-1.amazonaws.com.evil.example'],
    ['aws', 'endpoint', 'https://evilamazonaws.com'],
    ['aws', 'endpoint', 'https://ec2-203-0-113-7.compute-1.amazonaws.com'],
    ['aws', 'endpoint', 'https://x1.execute-api.us-east-1.amazonaws.com'],
    ['aws', 'endpoint', 'https://ec2.s3.amazonaws.com'],
    ['azure', 'endpoint', 'https://management.azure.com.evil.example'],
    ['azure', 'endpoint', 'https://evilmanagement.azure.com'],
    ['azure', 'endpoint', 'https://management.azure.com.'],
    ['azure', 'pricingEndpoint', 'https://evil.azure.com'],
    ['gcp', 'endpoint', 'https://googleapis.com.evil.example'],
    ['gcp', 'endpoint', 'https://evilgoogleapis.com'],
    ['gcp', 'pricingEndpoint', 'https://evil.example'],
    ['gcp', 'endpoint', 'https://169.254.169.254'],
    ['gcp', 'endpoint', 'https://127.0.0.1.nip.io'],
    ['gcp', 'endpoint', 'https://localhost.evil.example'],
    ['docker', 'host', 'ssh://evil.example'],
  ])('%s.%s %s is refused: it belongs to somebody else', async (provider, key, value) => {
    expect(await message(provider, key, value)).toMatch(/neither the cloud's own nor this machine$/);
  });

  test.each([
    'https://user@management.azure.com',
    'https://management.azure.com@evil.example',
    'https://management.azure.com\\@evil.example',
    'https://management.azure.com?x',
    'https://management.azure.com#x',
    'https://m\u0430nagement.azure.com',
    'https:management.azure.com',
    'https://management.azure.com/\\evil',
    'ftp//x',
    'https://x:99999',
    ' https://management.azure.com',
    '-H',
    'https://evil.example%2f.azure.com',
  ])('%s is no plain address', async (value) => {
    expect(await message('azure', 'endpoint', value, ['*.example', 'evil.example'])).toMatch(/is no plain address$/);
  });

  test.each([
    ['ec2.internal.example', 'https://ec2.internal.example:8443', true],
    ['ec2.internal.example:8443', 'https://EC2.internal.example:8443', true],
    ['https://ec2.internal.example', 'https://ec2.internal.example', true],
    ['*.internal.example', 'https://ec2.internal.example', true],
    ['[2001:db8::1]', 'https://[2001:db8::1]:8443', true],
    ['ec2.internal.example:8443', 'https://ec2.internal.example', false],
    ['*.internal.example', 'https://internal.example', false],
    ['*.internal.example', 'https://evilinternal.example', false],
    ['http://ec2.internal.example', 'https://ec2.internal.example', false],
    ['*', 'https://evil.example', false],
    ['', 'https://evil.example', false],
  ])('what the user allows outside of the file: %s for %s is %s', async (entry, value, fits) => {
    expect(await message('aws', 'endpoint', value, [entry])).toEqual(
      fits ? undefined : expect.stringMatching(/neither/),
    );
  });
});
