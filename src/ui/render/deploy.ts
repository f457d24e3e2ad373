import { formatDuration } from '../../core/duration.js';
import type { DeployResult } from '../../operations/deploy/deploy.js';
import type { Style } from '../style.js';
import { cutLine, nextSteps } from './parts.js';

export function renderDeploy(
  { run, service, placement, host, release, previous, cut, ms }: DeployResult,
  style: Style,
): string {
  const back = previous && previous !== release ? previous : undefined;
  return [
    `${style.good('Done.')} ${style.name(service)} runs release ${release} on ${host} (${placement}).`,
    ...cutLine(cut, style),
    style.dim(`Run ${run}, ${formatDuration(ms)}`),
    ...nextSteps(
      [
        [`fanops logs ${service}`],
        ...(back ? [[`fanops deploy rollback ${service}`, `runs ${back} again`] as const] : []),
      ],
      style,
    ),
  ].join('\n');
}
