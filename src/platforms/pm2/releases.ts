import type { OperationContext } from '../../kit/context.js';
import { bindAddress } from '../../kit/facts.js';
import { hostCheckStep } from '../../kit/host-check.js';
import { requireOwnService } from '../../kit/own.js';
import type { At, DeployOptions, Releases } from '../contracts/platform.js';
import { activateStep, putBack, specOf, stopStep } from './activate.js';
import type { Pm2Placement } from './config.js';
import { installStep } from './install.js';
import { listenStep } from './listen.js';
import { observeProcess } from './observe-process.js';
import { readServiceRecord } from '../../kit/service-record.js';
import { askHealthOf } from './observe.js';
import { listenOf } from './start-arguments.js';
import { pruneStep, releasesOn } from './prune.js';
import { smokeStep } from './smoke.js';
import { startStep } from './start.js';
import { uploadStep } from './upload.js';
import { verifyStep } from './verify.js';

/** Releases in folders of a host, of which PM2 runs one. */
export function releases(ctx: OperationContext, { service, placement, config }: At<Pm2Placement>): Releases {
  const { host, port, instances = 1 } = config;
  const [at, more] = [{ service, host }, { host }];
  const record = () => readServiceRecord(ctx, host, service);
  return {
    requireOwn: () => requireOwnService(ctx, host, service),
    async running() {
      const found = await record();
      if (!found) return undefined;
      const { release, previous, background } = found;
      return { release, ...(previous !== undefined && { previous }), background, port: found.port };
    },
    list: () => releasesOn(ctx, host, service),
    desired: async () => ({
      host,
      listen: { address: await bindAddress(ctx, host), port },
      instances,
      keys: (await ctx.fleet()).service(service).keys !== undefined,
    }),
    observe: () => observeProcess(ctx, host, service),
    async health() {
      const found = await record();
      if (!found) return [];
      return [{ host, ...(await askHealthOf(ctx, { host, service }, await listenOf(ctx, host, found))) }];
    },
    deploySteps: (options) => deploySteps({ service, placement, config }, options),
    rerunSteps: ({ release, port: listens, background }) => [
      smokeStep.step('release/smoke', 'Try the release on a free port', { ...at, release, placement }, more),
      activateStep.step(
        'release/activate',
        'Run the release under PM2',
        { ...at, release, port: listens, instances, background },
        more,
      ),
    ],
    async putBack() {
      const found = await record();
      return found && putBack(await specOf(ctx, host, found), found);
    },
    startSteps: () => [startStep.step('start', `Run ${service} on ${placement}`, { ...at, placement }, more)],
    stopSteps: ({ undoable = false } = {}) => [
      stopStep.step('stop', `Stop ${service} on ${placement}`, { ...at, ...(undoable && { placement }) }, more),
    ],
    stopListeningSteps: (also) => [
      listenStep.step('release/listen', `Stop listening on port ${also[0]?.port}`, { ...at, also: [] }, more),
    ],
    verifySteps: (release) => [
      verifyStep.step('verify', 'Check that route, record and process agree', { ...at, placement, release }, more),
    ],
    pruneSteps: () => [pruneStep.step('prune', 'Remove old releases', at, more)],
  };
}

function deploySteps({ service, placement, config }: At<Pm2Placement>, options: DeployOptions) {
  const { release, source, background, address, also = [], idle, hooks } = options;
  const { host, port, instances = 1 } = config;
  const [at, more] = [{ service, host, release }, { host }];
  return [
    hostCheckStep.step('prepare', 'Check the host', { host, bytes: source.bytes }, more),
    ...hooks([
      uploadStep.step(
        'release/upload',
        `Upload release ${release}`,
        { ...at, sourceHash: source.sourceHash, background: source.background, instances },
        more,
      ),
      installStep.step('release/install', 'Install from the lockfile', { ...at, hasLock: source.hasLock }, more),
      smokeStep.step('release/smoke', 'Try the release on a free port', { ...at, placement }, more),
      activateStep.step(
        'release/activate',
        'Run the release under PM2',
        {
          ...at,
          port,
          background,
          ...(address && { address }),
          ...(also.length > 0 && { also: [...also] }),
          ...(idle && { idle: true }),
        },
        more,
      ),
    ]),
  ];
}
