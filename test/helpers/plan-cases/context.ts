import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { OperationContext } from '../../../src/kit/context.js';
import { processStart } from '../../../src/runs/operator.js';
import type { Transport } from '../../../src/transports/transport.js';
import { fakeClock } from '../fake-clock.js';
import { hostContext } from '../host-context.js';
import { OPERATOR, plan, runRecord } from '../runs.js';
import { writeApps } from './apps.js';
import { cloudsOf } from './clouds.js';
import type { Facts } from './facts.js';
import { writeHost } from './host-files.js';
import { caseHost, noHost } from './host-transport.js';

const NOW = '2026-11-21T02:11:36Z';

/** A context in which the facts of a case hold. */
export interface CaseContext {
  ctx: OperationContext;
  /** Folder of the fleet file; host `NAME` has its home in `hosts/NAME`. */
  dir: string;
  /** What was told meanwhile. */
  notices: string[];
  dispose(): Promise<void>;
}

/** Makes what a case says is there. @throws what reading the fleet file raises */
export async function caseContext(facts: Facts): Promise<CaseContext> {
  const clouds = cloudsOf(facts);
  const { ctx: base, events, dispose } = hostContext(stringify(facts.fleet), clouds);
  const dir = await base.state.dir();
  const hosts = new Map<string, Transport>();
  for (const host of Object.keys(facts.fleet.hosts)) {
    const home = join(dir, 'hosts', host);
    if (!existsSync(home)) writeHost(home, facts.hosts?.[host] ?? {});
    hosts.set(host, caseHost(host, home, facts));
  }
  for (const [name, content] of Object.entries(facts.sources ?? {})) writeFileSync(join(dir, name), content);
  for (const [id, status] of Object.entries(facts.runs ?? {})) {
    // A run that goes on is one of a process that lives: this one.
    const alive = { ...OPERATOR, pid: process.pid, startedAt: (await processStart(process.pid)) ?? '' };
    await (
      await base.state.store()
    ).createRun({ ...runRecord(id, plan([])), status, operator: status === 'running' ? alive : OPERATOR });
  }
  const ctx: OperationContext = {
    ...base,
    io: { ...base.io, clock: fakeClock(Date.parse(facts.clock ?? NOW)) },
    assets: { ...base.assets, functionsHost: writeApps(dir, facts), router: join(dir, 'router.cjs') },
    hosts: {
      ...base.hosts,
      async transport(host) {
        const fleet = await base.fleet();
        const { provider } = fleet.host(host);
        const machine = provider === undefined ? undefined : await clouds[provider]?.instances?.find(fleet.name, host);
        if (provider && machine?.state !== 'running') throw noHost(host, machine ? machine.state : 'not there yet');
        return hosts.get(host)!;
      },
      async endpoint(host) {
        return { address: facts.fleet.hosts[host]?.address ?? '127.0.0.1', port: 22, user: 'deploy' };
      },
    },
  };
  return {
    ctx,
    dir,
    get notices() {
      return events.flatMap((event) => (event.type === 'notice' ? [event.message] : []));
    },
    dispose,
  };
}
