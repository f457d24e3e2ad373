import { task, type BootstrapTask } from './task.js';

/** The program nginx. The router runs one of its own, so that of the system is off. */
export const nginx = (): BootstrapTask => task({
  check: `
has nginx && fine nginx || change "nginx is installed"
systemctl is-enabled --quiet nginx.service 2>/dev/null && change "the nginx of the system is off: the router runs its own"
true
`,
  apply: `
# Masked, it is not started by its installation: something else may have its port.
has nginx || { systemctl mask nginx.service; get nginx-light || { systemctl unmask nginx.service; exit 1; }; systemctl unmask nginx.service; }
systemctl disable --now nginx.service
`,
});

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
