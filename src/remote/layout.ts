/** Where fanops keeps things on a host; all paths are relative to the login's home. */
export const BASE = 'fanops';

export const auditLog = `${BASE}/audit.log`;
export const guardDir = `${BASE}/guards`;
/** Guards of commands that root runs; not in any home. */
export const rootGuardDir = '/var/lib/fanops/guards';
/** What is on its way to its place. */
export const stagingDir = `${BASE}/staging`;

/** Directory of a lock, e.g. of `service-m1`. */
export const lockDir = (name: string): string => `${BASE}/locks/${name}`;

/** Name of the lock that protects a service. */
export const serviceLock = (service: string): string => `service-${service}`;

/** Name of the lock that protects the router's own settings. */
export const routerLock = 'router';

/** Directories and files of a service on an app host. */
export const serviceDir = (service: string): string => `${BASE}/services/${service}`;
export const releasesDir = (service: string): string => `${serviceDir(service)}/releases`;
export const releaseDir = (service: string, release: string): string => `${releasesDir(service)}/${release}`;
export const currentLink = (service: string): string => `${serviceDir(service)}/current`;
export const stateDirOf = (service: string): string => `${serviceDir(service)}/state`;
/** What runs there: release, whether background triggers are on, by which run. */
export const serviceRecord = (service: string): string => `${serviceDir(service)}/service.json`;

/** Of a service without a route: where it is placed. */
export const placementRecordFile = (service: string): string => `${serviceDir(service)}/placement.json`;

/** Directories and files of the router host. */
export const routerDir = `${BASE}/router`;
export const routerProgram = `${routerDir}/router.cjs`;
export const routerState = `${routerDir}/router.json`;
export const routesDir = `${routerDir}/routes`;
export const routeFile = (service: string): string => `${routesDir}/${service}.json`;
export const watchdogDir = (service: string): string => `${BASE}/watchdogs/${service}`;
