import { addressShape, AT_ADDRESS, type AddressPlacement } from '../placement.js';
import type { PlacementSchemaValues, PlatformModule } from '../contracts/module.js';

interface AzureFunctionsPlacement extends AddressPlacement {
  platform: 'azure-functions';
}

const placement = (values: PlacementSchemaValues) =>
  values.z.strictObject({
    platform: values.z.literal('azure-functions'),
    ...addressShape(values, 'Address of the function app, without the route prefix'),
  });

export const platform: PlatformModule<AzureFunctionsPlacement> = {
  name: 'azure-functions',
  summary: 'a function app of Azure Functions',
  capabilities: [],
  accepts: [],
  placement,
  ...AT_ADDRESS,
  keysTo: 'url',
  arriving: () => ['Publishing to Azure Functions is not part of this: the app must be there already.'],
  leaving: (_placement, name) => [
    `Timers and queue triggers of ${name} keep running until you switch them off there (app ` +
      'setting AzureWebJobs.NAME.Disabled=true).',
  ],
  retired: ({ url }, { service, name }) => [
    `${service} on ${name} (${url}) gets no traffic any more: stop or delete the ` +
      'function app, its timers and queue triggers still run.',
  ],
};
