import { z } from 'zod';
import { DURATION_PATTERN } from '../core/duration.js';
import { NAME, NAME_RULE } from './name.js';
import { REFERENCE } from './reference.js';

export { z };

// Values that several sections of the fleet file have.
export const name = (what: string) => z.string().regex(NAME, `${what}: ${NAME_RULE}`);
export const duration = z.string().regex(DURATION_PATTERN, 'a number and a unit: 250ms, 5s, 2m, 1h');
export const port = z.int().min(1).max(65535);
export const reference = z.string().regex(REFERENCE, 'a reference: env:NAME, file:PATH or cmd:COMMAND');
export const urlPath = z.string().regex(/^\/[^\s?#]*$/, 'a path that starts with /');
export const healthPath = z.string().regex(/^\/[^\s#]*$/, 'a path with its query, starting with /');
export const httpUrl = z
  .string()
  .regex(/^https?:\/\/[^/@\s]+(\/[^\s]*)?$/, 'an http or https address without credentials');

// It becomes a part of host names: nothing in it may end one.
export const region = z.string().regex(/^[A-Za-z0-9]+([- ][A-Za-z0-9]+)*$/, 'a region: eu-west-1, westeurope');
export const hostName = z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/, 'a host name');
export const nameServer = z
  .string()
  .regex(
    /^(\d+\.\d+\.\d+\.\d+|\[[0-9A-Fa-f:]+\])(:\d+)?$/,
    'an address, with a port if need be: 10.0.0.2, 127.0.0.1:5353, [fd00::2]',
  );
export const cidr = z
  .string()
  .regex(
    /^(\d{1,3}(\.\d{1,3}){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:]*)(\/\d{1,3})?$/,
    'an address or a network: 203.0.113.7, 203.0.113.0/24',
  );
