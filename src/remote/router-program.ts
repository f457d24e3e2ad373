import { routerDir, routerProgram } from './layout.js';

const program = (...args: string[]): string[] => ['node', routerProgram, ...args, '--dir', routerDir];

/** Puts the route on standard input into effect; exits 0 once the running router has taken it up. */
export const putRoute = (service: string): string[] => program('put', '--service', service);

/** The same from a file of the host. */
export const putRouteFromFile = (service: string, file: string): string[] => program('put', '--service', service, '--file', file);

/** Removes a service's route. */
export const removeRoute = (service: string): string[] => program('remove', '--service', service);

/** Prints what the running router has in effect; exits 1 when none runs. */
export const applied = (): string[] => program('applied');

/** Prints requests, errors and latency by placement since a time. */
export const routeStats = (service: string, since: Date): string[] => program('stats', '--service', service, '--since', since.toISOString());
