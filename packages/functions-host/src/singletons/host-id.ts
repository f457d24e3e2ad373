import { getSetting, type Env } from '../config/settings.js';

const longest = 32;

/**
 * The name under which an app keeps its locks, timer status and blob receipts in its storage account: the setting that
 * Azure has
 * for it, else the site's name, else that of the service or of package.json; lower case, at most 32 characters as on
 * Azure.
 */
export function hostId(env: Env, appName: string | undefined): string {
  const given =
    getSetting(env, 'AzureFunctionsWebHost__hostid') ??
    getSetting(env, 'WEBSITE_SITE_NAME') ??
    env.FANOPS_SERVICE ??
    appName;
  const id = (given ?? '')
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .slice(0, longest)
    .replace(/^-+|-+$/g, '');
  return id || 'functions-app';
}
