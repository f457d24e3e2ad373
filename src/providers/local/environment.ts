import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import type { HostPaths } from './paths.js';

const SYSTEM_DIRECTORIES = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/local/sbin', '/usr/sbin', '/sbin'];

/**
 * How this machine reaches the network: npm and Node get nowhere without them behind a proxy or with an authority of
 * one's own.
 */
const NETWORK = [
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
];

/**
 * The whole environment of every process of a local host. Of the caller's own only the language and the way to the
 * network get
 * in, and no proxy whose URL holds a password.
 */
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
    ...Object.fromEntries(
      NETWORK.map((name) => [name, process.env[name] ?? '']).filter(([, value]) => value && !value.includes('@')),
    ),
  };
}
