import { LINES } from './own-files.js';
import { task, type BootstrapTask } from './task.js';

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

const UNIT = `
user=$1 unit=/etc/systemd/system/fanops-pm2-$1.service
home=$(getent passwd "$user" | cut -d: -f6)
text=$(printf '%s\\n' "$3" | sed "s|@HOME@|$home|g")
`;

/**
 * The folder that the fourth argument names, below the login's home, holds node_modules with PM2, when it was copied
 * there.
 */
const APPLY = `
if ! has pm2; then
  if [ -n "$4" ]; then
    rm -rf /opt/fanops/pm2.new
    mkdir -p /opt/fanops /usr/local/bin
    cp -R -- "$4" /opt/fanops/pm2.new
    chown -R root:root /opt/fanops/pm2.new
    chmod -R u=rwX,go=rX /opt/fanops/pm2.new
    rm -rf /opt/fanops/pm2
    mv /opt/fanops/pm2.new /opt/fanops/pm2
    chmod 755 /opt/fanops/pm2/node_modules/pm2/bin/pm2
    ln -sfn /opt/fanops/pm2/node_modules/pm2/bin/pm2 /usr/local/bin/pm2
  else
    said=$(npm install --global --prefix /usr/local --no-audit --no-fund ${NPM_PATIENCE.join(' ')} --loglevel error "pm2@$2" </dev/null 2>&1 >/dev/null) || {
      printf '%s\\n' "$said" >&2
      case $said in *ETIMEDOUT*|*SOCKET_TIMEOUT*|*ENOTFOUND*|*EAI_AGAIN*|*ECONN*|*UNREACH*) echo "the registry of npm does not answer on this host" >&2 ;; esac
      exit 1
    }
  fi
  # Its first start tells about itself; later starts are silent.
  PM2_HOME=$(mktemp -d) sh -c 'PM2_DISCRETE_MODE=true pm2 --version >/dev/null; rm -rf "$PM2_HOME"'
fi
${UNIT}
put "$unit" 644 "$text" '${LINES.pm2}'
systemctl daemon-reload
systemctl enable "fanops-pm2-$user.service"
`;

/** PM2, and the unit that brings its services back after a restart. */
export const pm2 = (user: string, copied = ''): BootstrapTask =>
  task(
    {
      check: `${UNIT}
has pm2 && fine "PM2" || change "PM2 $2"
same "$unit" "$text" && on "fanops-pm2-$user.service" || change "services come back after a restart of the host"
`,
      apply: APPLY,
    },
    [user, PM2_VERSION, pm2Unit(user, '@HOME@'), copied],
    300_000,
  );
