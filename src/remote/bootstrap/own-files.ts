/**
 * Lines by which the files that fanops writes for programs of the system are known, as extended regular expressions of
 * grep.
 */
export const LINES = {
  sudoers: '^[^#:,= ]+ ALL=\\(ALL\\) NOPASSWD:ALL$',
  upgrades: '^APT::Periodic::Unattended-Upgrade "1";$',
  ports: '^net[.]ipv4[.]ip_unprivileged_port_start = [0-9]+$',
  firewall: '^Description=Firewall of fanops$',
  pm2: '^Description=Services of .*, kept by PM2$',
  nodesource: '^URIs: https://deb[.]nodesource[.]com/node_[0-9]+[.]x$',
} as const;

/** Files outside of the folders of fanops that it may write on a host, with the line by which each is known. */
export const ownFiles = (user: string): [path: string, line: string][] => [
  [`/etc/sudoers.d/90-fanops-${user}`, LINES.sudoers],
  ['/etc/apt/apt.conf.d/52fanops-upgrades', LINES.upgrades],
  ['/etc/sysctl.d/60-fanops-ports.conf', LINES.ports],
  ['/etc/systemd/system/fanops-firewall.service', LINES.firewall],
  [`/etc/systemd/system/fanops-pm2-${user}.service`, LINES.pm2],
  ['/etc/apt/sources.list.d/fanops-nodesource.sources', LINES.nodesource],
];
