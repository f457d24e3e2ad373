import { task, type BootstrapTask } from './task.js';

/** The program of the router's engine. The router runs one of its own, so the service of the system is off. */
const engineProgram = (name: 'nginx' | 'haproxy', from: string): BootstrapTask => task({
  check: `
has "$1" && fine "$1" || change "$1 is installed"
systemctl is-enabled --quiet "$1.service" 2>/dev/null && change "the $1 of the system is off: the router runs its own"
true
`,
  apply: `
# Masked, it is not started by its installation: something else may have its port.
has "$1" || { systemctl mask "$1.service"; get "$2" || { systemctl unmask "$1.service"; exit 1; }; systemctl unmask "$1.service"; }
systemctl disable --now "$1.service"
`,
}, [name, from]);

export const nginx = (): BootstrapTask => engineProgram('nginx', 'nginx-light');
export const haproxy = (): BootstrapTask => engineProgram('haproxy', 'haproxy');

/** Ports below 1024 for the router, which is not root. */
export const lowPorts = (first: number): BootstrapTask => task({
  check: `
now=$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start 2>/dev/null || echo 1024)
[ "$now" -le "$1" ] && fine "from $now on" || change "ports from $1 on need no root"
`,
  apply: `
put /etc/sysctl.d/60-fanops-ports.conf 644 "net.ipv4.ip_unprivileged_port_start = $1"
sysctl -q -p /etc/sysctl.d/60-fanops-ports.conf
`,
}, [String(first)]);

/** The Docker engine, for hosts that build and run images. */
export const docker = (user: string): BootstrapTask => task({
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
}, [user]);
