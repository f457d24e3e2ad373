import { LINES } from './own-files.js';
import { task, type BootstrapTask } from './task.js';

/**
 * The program of the router's engine. The router runs one of its own, so the service that came with the program is off.
 * What was there before fanops
 * may serve somebody, and stays as it is: only what fanops installed is marked.
 */
const engineProgram = (name: 'nginx' | 'haproxy', from: string): BootstrapTask =>
  task(
    {
      check: `
has "$1" && fine "$1" || change "$1 is installed"
on "$1.service" || exit 0
[ -e "/etc/fanops/installed-$1" ] || { fine "the $1 of the system is not fanops' own and stays as it is"; exit 0; }
change "the $1 of the system is off: the router runs its own"
`,
      apply: `
mark=/etc/fanops/installed-$1
# Masked, it is not started by its installation: something else may have its port.
has "$1" || {
  put "$mark" 644 "by fanops"
  systemctl mask "$1.service"
  get "$2" || { systemctl unmask "$1.service"; rm -f "$mark"; exit 1; }
  systemctl unmask "$1.service"
}
[ ! -e "$mark" ] || systemctl disable --now "$1.service"
`,
    },
    [name, from],
  );

export const nginx = (): BootstrapTask => engineProgram('nginx', 'nginx-light');
export const haproxy = (): BootstrapTask => engineProgram('haproxy', 'haproxy');

/** Ports below 1024 for the router, which is not root. */
export const lowPorts = (first: number): BootstrapTask =>
  task(
    {
      check: `
now=$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start 2>/dev/null || echo 1024)
[ "$now" -le "$1" ] && fine "from $now on" || change "ports from $1 on need no root"
`,
      apply: `
put /etc/sysctl.d/60-fanops-ports.conf 644 "net.ipv4.ip_unprivileged_port_start = $1" '${LINES.ports}'
sysctl -q -p /etc/sysctl.d/60-fanops-ports.conf
`,
    },
    [String(first)],
  );

/** The Docker engine, for hosts that build and run images. */
export const docker = (user: string): BootstrapTask =>
  task(
    {
      check: `
has docker && fine Docker || change "Docker is installed"
on docker.service || change "Docker starts with the host"
id -nG "$1" 2>/dev/null | tr ' ' '\\n' | grep -qx docker || change "$1 may use Docker"
`,
      apply: `
has docker || get docker.io
systemctl enable --now docker.service
usermod --append --groups docker "$1"
`,
    },
    [user],
  );
