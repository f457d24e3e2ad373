import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, test } from 'vitest';
import { resumeRun } from '../../../../src/operations/run/resume.js';
import { undoRun } from '../../../../src/operations/run/undo.js';
import { hostContext, MemoryCloud } from '../../../helpers/host-context.js';

const FLEET = 'fleet: f\nhosts: { app-1: { provider: aws, roles: [app] }, app-2: { provider: aws, roles: [app] } }\n';
const RUN = '19700101-000000-bun5h';
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const dispose of open.splice(0)) await dispose();
});

/** A clone whose journal the version before wrote, and the cloud as its run left it. */
async function world(change: (journal: DatabaseSync) => void = () => undefined) {
  const aws = new MemoryCloud('aws', 'f');
  aws.add('app-2');
  aws.firewalls.set('app-2', { id: 'fw-app-2', owner: { fleet: 'f', host: 'app-2', run: 'R0' }, rules: [] });
  const { ctx, dispose } = hostContext(FLEET, { aws });
  open.push(dispose);
  const journal = new DatabaseSync(join(await ctx.state.dir(), 'runs.db'), { enableForeignKeyConstraints: false });
  journal.exec(readFileSync('test/fixtures/journals/version-1-host-destroy.sql', 'utf8'));
  change(journal);
  journal.close();
  return { ctx, aws };
}

test('a run that the version before journalled goes on from where it stopped, and its result is told', async () => {
  const { ctx, aws } = await world();
  expect(await resumeRun(ctx, { id: RUN, rerun: [], assumeDone: [] })).toEqual({
    run: RUN,
    destroyed: ['app-1', 'app-2'],
  });
  expect(aws.calls).toEqual(['destroy app-2', 'remove app-2']);
  const store = await ctx.state.store();
  expect((await store.steps(RUN)).map(({ status, attempts }) => `${status} ${attempts}`)).toEqual([
    'done 1',
    'done 1',
    'done 2',
    'done 1',
  ]);
  expect([await store.parts(RUN), (await store.run(RUN))?.status]).toEqual([[], 'succeeded']);
});

test('it can be undone', async () => {
  const { ctx } = await world();
  expect(await undoRun(ctx, RUN)).toEqual({ run: RUN, undone: [], left: [] });
});

test('a run that a newer fanops planned is refused before anything is done, whatever of it is unknown', async () => {
  const kinds = world((journal) =>
    journal.exec("UPDATE steps SET step = replace(step, 'host.unfirewall', 'host.fence')"),
  );
  const operations = world((journal) =>
    journal.exec('UPDATE runs SET plan = replace(plan, \'"host-destroy"\', \'"host-melt"\')'),
  );
  for (const [made, code] of [
    [await kinds, 'UNKNOWN_STEP'],
    [await operations, 'UNKNOWN_OPERATION'],
  ] as const) {
    await expect(resumeRun(made.ctx, { id: RUN, rerun: [], assumeDone: [] })).rejects.toMatchObject({
      code,
      exitCode: 5,
      hint: 'A newer fanops made the plan: update fanops, then go on.',
    });
    expect(made.aws.calls).toEqual([]);
  }
});
