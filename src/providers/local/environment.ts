import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import type { HostPaths } from './paths.js';

const SYSTEM_DIRECTORIES = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The whole environment of every process of a local host: nothing of the caller's gets in but the language. */
export function hostEnvironment(paths: HostPaths): Record<string, string> {
  const user = userInfo().username;
  return {
    HOME: paths.home,
    USER: user,
    LOGNAME: user,
    SHELL: '/bin/sh',
    PATH: [paths.bin, dirname(process.execPath), ...SYSTEM_DIRECTORIES].join(':'),
    LANG: process.env.LANG ?? 'C.UTF-8',
    PM2_HOME: paths.pm2Home,
    TMPDIR: paths.tmp,
  };
}
