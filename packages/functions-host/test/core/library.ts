import { createRequire } from 'node:module';
import type * as Library from '@azure/functions';
import type { InvocationRequest, InvocationResponse, TypedData } from '../../src/core/contract.js';
import { createCoreApi } from '../../src/core/core-api.js';
import { installCoreModule } from '../../src/core/install.js';
import { invoke } from '../../src/core/invoke.js';
import { Registry } from '../../src/core/registry.js';
import { scratch } from './app.js';

const require = createRequire(import.meta.url);

/** A published library on a core of its own. */
export interface Model {
  registry: Registry;
  lines: string[];
  call: (
    name: string,
    inputs: Record<string, TypedData>,
    more?: Partial<InvocationRequest>,
  ) => Promise<InvocationResponse>;
}

/** Loads a published library against a core of its own, in this process. */
export function load(library: string): Model & { module: unknown } {
  const registry = new Registry('/app');
  const lines: string[] = [];
  const uninstall = installCoreModule(
    createCoreApi(registry, (...line) => void lines.push(line.join(' '))),
    scratch(),
    { write: false },
  );
  const module = require(library) as { setup?: () => void };
  module.setup?.();
  if (!registry.programmingModel) (module as unknown as typeof Library).app.http('first', { handler: () => ({}) });
  uninstall();
  return {
    registry,
    module,
    lines,
    call: (name, inputs, more) =>
      invoke(
        registry,
        {
          invocationId: 'b6a7f0a4-0000-4000-8000-000000000000',
          functionId: name,
          triggerMetadata: {},
          inputData: Object.entries(inputs).map(([key, data]) => ({ name: key, data })),
          traceContext: { traceParent: '', traceState: '', attributes: {} },
          ...more,
        },
        { app: {}, shared: {} },
        (level, category, message) => void lines.push(`${level} ${category} ${message}`),
      ),
  };
}
