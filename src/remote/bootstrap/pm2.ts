import { LINES } from './own-files.js';
import { scriptTask, type BootstrapTask } from './task.js';

/** Version of PM2 that hosts get. */
export const PM2_VERSION = '7';

/** How long npm tries to reach its registry: less than its step may take, so that what npm says is seen. */
export const NPM_PATIENCE = [
  '--fetch-timeout',
  '60000',
  '--fetch-retries',
  '1',
  '--fetch-retry-mintimeout',
  '1000',
  '--fetch-retry-maxtimeout',
  '10000',
] as const;

/** Unit that brings the services of a login back after a restart of the host: those that PM2 has saved. */
export const pm2Unit = (user: string, home: string): string => `[Unit]
Description=Services of ${user}, kept by PM2
Wants=network-online.target
After=network-online.target
ConditionPathExists=${home}/.pm2/dump.pm2

[Service]
Type=oneshot
RemainAfterExit=yes
User=${user}
Environment=HOME=${home} PM2_HOME=${home}/.pm2 PM2_DISCRETE_MODE=true LANG=C.UTF-8
Environment=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
WorkingDirectory=${home}
ExecStart=/bin/sh -c 'exec pm2 resurrect'
ExecStop=/bin/sh -c 'exec pm2 kill'
# As long as requests under way may take.
TimeoutStopSec=240
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target`;

/** PM2, and the unit that brings its services back after a restart. */
export const pm2 = (user: string, copied = ''): BootstrapTask =>
  scriptTask('pm2', [user, PM2_VERSION, pm2Unit(user, '@HOME@'), copied, LINES.pm2, ...NPM_PATIENCE]);
