import { isIP } from 'node:net';
import { LINES } from './own-files.js';
import { scriptTask, type BootstrapTask } from './task.js';

/** What may come in, as the firewall of the provider has it. */
interface Allowed {
  protocol: 'tcp' | 'udp';
  ports: readonly [number, number];
  from: readonly string[];
}

/** Where a host keeps its rules. */
export const RULES_FILE = '/etc/fanops/firewall.nft';

const UNIT = `[Unit]
Description=Firewall of fanops
DefaultDependencies=no
Wants=network-pre.target
Before=network-pre.target shutdown.target
Conflicts=shutdown.target
ConditionPathExists=${RULES_FILE}

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f ${RULES_FILE}
ExecReload=/usr/sbin/nft -f ${RULES_FILE}
ExecStop=/usr/sbin/nft delete table inet fanops

[Install]
WantedBy=sysinit.target`;

const everywhere = (from: readonly string[]): boolean => from.some((each) => each.endsWith('/0'));

function lines({ protocol, ports: [first, last], from }: Allowed): string[] {
  const port = `${protocol} dport ${first === last ? first : `${first}-${last}`} accept`;
  if (everywhere(from)) return [port];
  return (
    [
      [4, 'ip'],
      [6, 'ip6'],
    ] as const
  ).flatMap(([version, family]) => {
    const sources = from.filter((each) => isIP(each.split('/')[0] ?? '') === version);
    return sources.length > 0 ? [`${family} saddr { ${sources.join(', ')} } ${port}`] : [];
  });
}

/**
 * The rules as nft reads them: a table of their own, replaced as a whole, that touches no other. Loopback, answers and
 * ICMP (1, and 58 for IPv6:
 * names need a file that small systems lack) always pass.
 */
export function ruleset(allowed: readonly Allowed[]): string {
  return `table inet fanops
delete table inet fanops
table inet fanops {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    ct state invalid drop
    iifname "lo" accept
    meta l4proto { 1, 58 } accept
    udp dport 546 accept
${allowed
  .flatMap(lines)
  .map((line) => `    ${line}\n`)
  .join('')}  }
}`;
}

/** What a ruleset lets in from named networks only. */
export function parseRuleset(text: string): (Allowed & { ports: [number, number]; from: string[]; purpose: string })[] {
  return [...text.matchAll(/^ *ip6? saddr \{ (.+) \} (tcp|udp) dport (\d+)(?:-(\d+))? accept$/gm)].map(
    ([, from = '', protocol, first, last = first]) => ({
      protocol: protocol === 'udp' ? 'udp' : 'tcp',
      ports: [Number(first), Number(last)],
      from: from.split(', '),
      purpose: 'service',
    }),
  );
}

/** The firewall inside the machine, behind that of its provider. */
export const firewall = (allowed: readonly Allowed[]): BootstrapTask =>
  scriptTask('firewall', [ruleset(allowed), UNIT, RULES_FILE, LINES.firewall]);
