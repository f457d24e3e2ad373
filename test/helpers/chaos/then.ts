import { writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { RunRow } from '../../../src/operations/run/list.js';
import type { CliResult } from '../cli.js';
import { freePorts } from '../ports.js';
import type { Then } from './cases.js';
import { withoutExtra } from './changes.js';
import { before, carryOut, fleetFile, withoutSteps, type Ground } from './ground.js';
import { rightAfter, rightBefore, standsRight } from './oracle.js';
import { snapshot, type Snapshot } from './state.js';

/**
 * What the operator does after a run was finished or undone, and whether all is right then.
 * @returns how it ended
 * @throws what is not right
 */
export function thenPlayed(ground: Ground, then: Then, runId: string | undefined): Promise<string> {
  switch (then) {
    case 'rollback':
      return rollback(ground);
    case 'port':
      return otherPort(ground);
    case 'undo':
      return undoNewest(ground, runId);
  }
}

function mustEnd(what: string, { code, stderr }: CliResult, wanted: number): void {
  if (code === wanted) return;
  throw new Error(`then ${what} ended with ${code} in place of ${wanted}:\n${withoutSteps(stderr)}`);
}

/** Back to where users came from, if there is such a place; once more there is nothing to roll back. */
async function rollback(ground: Ground): Promise<string> {
  const command = ['migrate', 'rollback', 'm1', '--yes'];
  const { previous } = (await snapshot(ground.fleet)).route;
  if (previous !== undefined) {
    mustEnd('rollback', await carryOut(ground, command), 0);
    await rightAfter(ground, { placement: previous }, false);
  }
  const was = await snapshot(ground.fleet);
  const refused = await carryOut(ground, command);
  mustEnd('a second rollback', refused, 5);
  expect(refused.stderr).toContain('nothing to roll back');
  expect(await standsRight(ground, false), 'state after a refused rollback').toEqual(was);
  return previous === undefined ? 'refused' : 'rolled back, then refused';
}

/** Another port in the file, brought about by a deploy, or by a migration where no user is on the host. */
async function otherPort(ground: Ground): Promise<string> {
  const { fleet } = ground;
  const was = await before(ground);
  const [port] = await freePorts(1);
  await writeFile(fleetFile(fleet), was.file.replace(/(host: app-1, port: )\d+/, `$1${port}`));
  const runs = was.state.route.placement === 'vm';
  const command = runs ? ['deploy', 'm1', '--yes'] : ['migrate', 'm1', '--to', 'vm', '--hold', '500ms', '--yes'];
  mustEnd(`${command[0]} with another port`, await carryOut(ground, command, was), 0);
  await rightAfter(ground, { placement: 'vm', ...(!runs && { previous: 'azure' }) }, false);
  const { record, route } = await snapshot(fleet);
  const ports = { record: record?.port, route: Number(new URL(route.urls.vm ?? '').port) };
  expect(ports, 'ports').toEqual({ record: port, route: port });
  const old = `${was.state.route.urls.vm}/_fanops/health`;
  expect(
    await fetch(old).then(
      () => true,
      () => false,
    ),
    `somebody answers at ${old}`,
  ).toBe(false);
  return `${command[0]} moved the port`;
}

/** The newest run that is not undone yet is undone; one that is, is refused. */
async function undoNewest(ground: Ground, runId: string | undefined): Promise<string> {
  const { fleet } = ground;
  const { runs } = await fleet.json<{ runs: RunRow[] }>('runs', 'list', '--limit', '200');
  const newest = runs.find(({ id, status }) => ground.runs.has(id) && status !== 'undone');
  const was = newest && ground.runs.get(newest.id);
  if (newest && was) {
    mustEnd(`undo of ${newest.operation}`, await fleet.cli('runs', 'undo', newest.id, '--yes'), 0);
    // A host that the case of that run had added is gone with it.
    await writeFile(fleetFile(fleet), withoutExtra(was.file));
    await rightBefore(ground, was.state, false);
  }
  const undone = newest?.id ?? runId;
  if (undone !== undefined) {
    const now: Snapshot = await snapshot(fleet);
    mustEnd('a second undo', await fleet.cli('runs', 'undo', undone, '--yes'), 5);
    expect(await snapshot(fleet), 'state after a refused undo').toEqual(now);
  }
  return newest ? `${newest.operation} undone` : 'refused';
}
