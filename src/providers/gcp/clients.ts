/** What fanops uses of the SDKs of Google Cloud; nothing else imports their code. The build makes one file of it. */
export {
  AddressesClient,
  FirewallsClient,
  GlobalOperationsClient,
  ImagesClient,
  InstancesClient,
  MachineTypesClient,
  RegionOperationsClient,
  ZoneOperationsClient,
} from '@google-cloud/compute';
export { GoogleAuth } from 'google-auth-library';
