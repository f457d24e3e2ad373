/** What fanops uses of the SDKs of Azure. Nothing else imports their code; the build makes one file of it. */
export { ComputeManagementClient, restorePoller as restoreComputePoller } from '@azure/arm-compute';
export { NetworkManagementClient, restorePoller as restoreNetworkPoller } from '@azure/arm-network';
export { ResourceManagementClient, restorePoller as restoreResourcePoller } from '@azure/arm-resources';
export { DefaultAzureCredential } from '@azure/identity';
