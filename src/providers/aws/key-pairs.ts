import { createHash } from 'node:crypto';
import type { KeyPairInfo } from '@aws-sdk/client-ec2';
import { notOurs } from '../contracts/not-ours.js';
import { ownerOf, tagsOf } from '../contracts/ownership.js';
import type { SharedThing } from '../contracts/shared.js';
import { calling, kindOf, providerError } from './errors.js';
import type { AwsSdk } from './sdk.js';
import { AWS, owned, recordOf, specifications } from './tags.js';

/**
 * Name of the key pair of a fleet that holds this public key; imported when it is not there.
 * @throws ProviderError when one of that name is there without the fleet's tags
 */
export async function ensureKeyPair(
  sdk: AwsSdk,
  region: string,
  fleet: string,
  publicKey: string,
  run: string,
): Promise<string> {
  const name = `fanops-${fleet}-${createHash('sha256').update(publicKey).digest('hex').slice(0, 12)}`;
  const [{ ImportKeyPairCommand }, client] = await Promise.all([import('./clients.js'), sdk.ec2(region)]);
  try {
    await client.send(
      new ImportKeyPairCommand({
        KeyName: name,
        PublicKeyMaterial: Buffer.from(publicKey),
        TagSpecifications: specifications(['key-pair'], tagsOf({ fleet, host: '-', run })),
      }),
    );
  } catch (error) {
    if (kindOf(error) !== 'CONFLICT') throw providerError(error, `importing the key of ${fleet}`);
    if (!(await isTagged(sdk, region, fleet, name))) throw notOurs(AWS, 'key pair', name, { fleet, host: '-' });
  }
  return name;
}

/** The key pairs that were imported for a fleet, with the run that did. */
export async function importedKeyPairs(sdk: AwsSdk, region: string, fleet: string): Promise<SharedThing[]> {
  return (await keyPairs(sdk, region, fleet)).flatMap(({ KeyName, Tags }) => {
    const owner = ownerOf(recordOf(Tags));
    return owner ? [{ name: `key pair ${KeyName}`, owner }] : [];
  });
}

/** Whether the key pair of that name has the tags of the fleet. One that is gone by now is made by the next try. */
async function isTagged(sdk: AwsSdk, region: string, fleet: string, name: string): Promise<boolean> {
  const [{ DescribeKeyPairsCommand }, client] = await Promise.all([import('./clients.js'), sdk.ec2(region)]);
  const { KeyPairs = [] } = await calling('looking at a key pair', () =>
    client.send(new DescribeKeyPairsCommand({ Filters: [{ Name: 'key-name', Values: [name] }] })),
  );
  return KeyPairs.every(({ Tags }) => ownerOf(recordOf(Tags))?.fleet === fleet);
}

async function keyPairs(sdk: AwsSdk, region: string, fleet: string): Promise<KeyPairInfo[]> {
  const [{ DescribeKeyPairsCommand }, client] = await Promise.all([import('./clients.js'), sdk.ec2(region)]);
  const { KeyPairs = [] } = await calling('listing key pairs', () =>
    client.send(new DescribeKeyPairsCommand({ Filters: owned(fleet) })),
  );
  return KeyPairs;
}

/** Removes the key pairs that were imported for a fleet. */
export async function removeKeyPairs(sdk: AwsSdk, region: string, fleet: string): Promise<void> {
  const [{ DeleteKeyPairCommand }, client] = await Promise.all([import('./clients.js'), sdk.ec2(region)]);
  for (const { KeyName } of await keyPairs(sdk, region, fleet))
    await calling('removing a key pair', () => client.send(new DeleteKeyPairCommand({ KeyName })));
}
