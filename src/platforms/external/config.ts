import { addressShape, AT_ADDRESS, type AddressPlacement } from '../placement.js';
import type { PlacementSchemaValues, PlatformModule } from '../contracts/module.js';

interface ExternalPlacement extends AddressPlacement {
  platform: 'external';
}

const placement = (values: PlacementSchemaValues) =>
  values.z.strictObject({
    platform: values.z.literal('external'),
    ...addressShape(values, 'Address at which somebody else runs the service, without the path of its route'),
  });

export const platform: PlatformModule<ExternalPlacement> = {
  name: 'external',
  summary: 'an address that somebody else runs: fanops sends traffic there and deploys nothing',
  capabilities: [],
  accepts: [],
  placement,
  ...AT_ADDRESS,
  keysTo: 'url',
  arriving: ({ url }) => [`fanops deploys nothing to ${url}: the service must run there already.`],
  leaving: ({ url }, name) => [
    `Background work of ${name} (${url}) goes on until those who run it switch it off: fanops cannot.`,
  ],
  retired: ({ url }, { service, name }) => [
    `${service} on ${name} (${url}) gets no traffic any more: what runs there is for those who run it to stop.`,
  ],
};
