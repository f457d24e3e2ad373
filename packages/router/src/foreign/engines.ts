import { HaproxyEngine } from '../haproxy/engine.js';
import type { ForeignName } from '../layout.js';
import { NginxEngine } from '../nginx/engine.js';
import type { ForeignEngine } from './engine.js';

const makers: Record<ForeignName, (dir: string, fds?: readonly number[]) => Promise<ForeignEngine>> = {
  nginx: (dir, fds) => NginxEngine.find(dir, fds),
  haproxy: (dir, fds) => HaproxyEngine.find(dir, fds),
};

/**
 * The engine of that name on a router's directory.
 * @param fds sockets that listen already, in the order of the configuration's ports; without them it can only render
 * and check
 * @throws {Error} when this host has no such program, or one that is too old
 */
export const foreignEngine = (dir: string, name: ForeignName, fds?: readonly number[]): Promise<ForeignEngine> =>
  makers[name](dir, fds);
