import type { PlacementSchemaValues, Target } from '../contracts/module.js';

/** What a placement says of an address that fanops does not run. */
export interface AddressPlacement {
  url: string;
  serverName?: string;
  verify?: boolean;
  trustedCertificate?: string;
}

/** The keys of such a placement. @param what the address is of */
export const addressShape = ({ z, httpUrl, hostName }: PlacementSchemaValues, what: string) => ({
  url: httpUrl.describe(what),
  serverName: hostName
    .optional()
    .describe('Name that the router asks for by TLS and checks in the certificate. Default: the host of the url'),
  verify: z.boolean().optional().describe('Whether the router checks the certificate. Default: true'),
  trustedCertificate: z
    .string()
    .min(1)
    .optional()
    .describe('PEM file of a private authority, relative to this file. Default: the authorities of the router host'),
});

/** Base address without a slash at its end. */
const baseUrl = ({ url }: AddressPlacement): string => url.replace(/\/+$/, '');

/** What every platform at an address has in common: nothing of it runs on hosts of the fleet. */
export const AT_ADDRESS = {
  hosts: () => [],
  port: () => undefined,
  targets: (placement: AddressPlacement): Target[] => {
    const { serverName, verify, trustedCertificate } = placement;
    return [
      {
        url: baseUrl(placement),
        ...(serverName && { serverName }),
        ...(verify === false && { verify }),
        ...(trustedCertificate && { trustedCertificate }),
      },
    ];
  },
};
