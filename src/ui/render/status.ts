import type { ServiceStatus, StatusResult } from '../../operations/status/status.js';
import type { Style } from '../style.js';
import { table } from '../table.js';
import { hostNotes, hostTable } from './host.js';
import { nextSteps, notes, paragraphs, type NextStep } from './parts.js';
import { runTable } from './run.js';
import { weightsText } from './traffic.js';

function serviceRow(service: ServiceStatus, style: Style): string[] {
  return [
    style.name(service.name),
    service.placement ?? '-',
    service.placements.length > 0 ? weightsText(service.placements) : '-',
    service.release ?? '-',
    service.rollback ?? '-',
  ];
}

function next(result: StatusResult): NextStep[] {
  const steps = [...hostNotes(result.hosts).next];
  const unknown = result.services.some((service) => service.problem?.includes('does not know it'));
  if (unknown && steps.length === 0) steps.push(['fanops router apply', 'gives the router its routes']);
  if (result.services.some(({ silent }) => silent))
    steps.push(['fanops doctor', 'says what to do about what does not answer']);
  if (result.unasked !== undefined) steps.push(['fanops router apply', 'brings the router up to date']);
  for (const { name, previous, rollback, silent } of result.services) {
    if (rollback !== undefined) steps.push([`fanops migrate rollback ${name}`, `goes back to ${rollback}`]);
    if (previous && rollback === previous && !silent)
      steps.push([`fanops migrate finish ${name}`, `retires ${previous}`]);
  }
  for (const run of result.openRuns) {
    if (run.status !== 'running') steps.push([`fanops runs show ${run.id}`, `${run.title} (${run.status})`]);
  }
  return steps;
}

export function renderStatus(result: StatusResult, style: Style, now = Date.now()): string {
  const { fleet, file, hosts, services, openRuns, complete, unasked } = result;
  const problems = services
    .filter((service) => service.problem)
    .map((service) => `${service.name}: ${service.problem}`);
  const silent = services.flatMap(({ silent: each = [] }) => each.map(({ problem }) => problem));
  const isSilent = silent.length > 0 && problems.length === 0;
  const holes =
    complete || isSilent || unasked !== undefined ? [] : ['Something did not answer: this is not the whole picture.'];
  const told = notes(
    [
      ...hostNotes(hosts).notes,
      ...problems,
      ...silent,
      ...(unasked === undefined ? [] : [`Whether placements answer is not known: ${unasked}`]),
      ...holes,
    ],
    style,
  ).join('\n');
  return paragraphs(
    `${style.bold(fleet)}  ${style.dim(file)}`,
    hosts.length > 0 ? hostTable(hosts, style, now) : 'The fleet file names no hosts.',
    services.length > 0
      ? table(
          ['SERVICE', 'PLACEMENT', 'TRAFFIC', 'RELEASE', 'ROLLBACK TO'],
          services.map((each) => serviceRow(each, style)),
          style,
        )
      : undefined,
    openRuns.length > 0 ? `Open runs\n${runTable(openRuns, style, now)}` : undefined,
    told,
    nextSteps(next(result), style).slice(1).join('\n'),
  );
}
