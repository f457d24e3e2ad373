import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OperationContext } from '../../kit/context.js';
import { isPacked, readSource } from '../../kit/source.js';
import { RELEASE } from '../../remote/release.js';
import type { ProcessArtifact, Runtime } from '../contracts/runtime.js';
import { appCopy } from '../npm/app-copy.js';
import { analyse, analyseStepOf, backgroundFunctions, findingText, requireMovable } from './analyse.js';
import { imageOf } from './image.js';
import { unresolvedSettings } from '../settings.js';
import { appSettings, settingsFile } from './settings.js';

/** Runs on functions-host: its program, what tries it, and its settings lie beside the app. */
export const code: Runtime<OperationContext> = {
  async prepare(ctx, service, { withoutKeys } = {}) {
    const source = await readSource(ctx, service);
    const analysis = await analyse(ctx, service);
    await requireMovable(ctx, service, analysis, withoutKeys);
    const { hash: sourceHash, bytes, hasLock } = source;
    return {
      source: { sourceHash, bytes, hasLock, background: backgroundFunctions(analysis) },
      steps: [analyseStepOf(service, source, analysis)],
      notes: analysis.findings.filter((finding) => finding.severity !== 'info').map(findingText),
    };
  },

  async process(ctx, service, { background }): Promise<ProcessArtifact> {
    const source = await readSource(ctx, service);
    const app = await appCopy(ctx, service, source);
    const { functionsHost, trialProbe, templates } = ctx.assets;
    const settings = await appSettings(ctx, service, background);
    return {
      app: { dir: app.built ? app.dir : source.dir, isPacked },
      files: [
        { path: RELEASE.host, content: await readFile(functionsHost), mode: 0o644 },
        { path: RELEASE.smoke, content: await readFile(join(templates, 'smoke.mjs')), mode: 0o644 },
        { path: RELEASE.probe, content: await readFile(trialProbe), mode: 0o644 },
        { path: RELEASE.on, content: settingsFile(service, settings.on), mode: 0o600 },
        { path: RELEASE.quiet, content: settingsFile(service, settings.quiet), mode: 0o600 },
        ...(settings.keys ? [{ path: RELEASE.keys, content: settings.keys, mode: 0o600 }] : []),
      ],
      keys: settings.keys !== undefined,
    };
  },

  image: imageOf,

  unresolved: unresolvedSettings,
};
