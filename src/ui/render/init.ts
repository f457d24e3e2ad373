import type { InitResult } from '../../operations/init/init.js';
import type { Style } from '../style.js';
import { nextSteps, type NextStep } from './parts.js';

export function renderInit({ file, created, fleet, hosts, services, router }: InitResult, style: Style): string {
  const what = [
    ...hosts.map((host) => `host ${style.name(host)}`),
    ...services.map((service) => `service ${style.name(service)}`),
  ].join(' and ');
  const next: NextStep[] = [
    ['fanops doctor', 'looks whether all is in order'],
    ...(hosts.length > 0 ? [['fanops host provision --all', 'makes the hosts'] as const] : []),
    ...(router ? [['fanops router apply', 'puts the router up'] as const] : []),
    ...services.map((service) => [`fanops migrate ${service} --dry-run`, 'shows what a move would do'] as const),
  ];
  const head = created ? `Wrote ${file}: fleet ${style.bold(fleet)} with ${what}.` : `Added ${what} to ${file}.`;
  return [`${style.good('Done.')} ${head}`, ...nextSteps(next, style)].join('\n');
}
