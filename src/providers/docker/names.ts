export const DOCKER = { name: 'docker', title: 'Docker' } as const;

/** Name of the container of a host. */
export const containerName = (fleet: string, host: string): string => `fanops-${fleet}-${host}`;

/** Name of the network that the hosts of a fleet share. */
export const networkName = (fleet: string): string => `fanops-${fleet}`;
