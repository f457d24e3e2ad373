import type { ProgrammingModel } from '../core/contract.js';

/**
 * Sets the v3 programming model. v3 apps do not ship their library: on Azure it is part of the worker, here the bundled
 * copy of
 * `@azure/functions` 3.5 (specification 1, 1.5). Needs the core module in place. Loaded only by apps that need it, for
 * it costs start time.
 */
export async function setV3Model(): Promise<void> {
  const library = (await import('@azure/functions-v3')) as unknown as Partial<Library> & { default: Library };
  // The bundle gives names, Node itself the whole CommonJS module as default.
  (library.setup ?? library.default.setup)();
}

interface Library {
  setup(this: void): void;
}

export function isV3Model(model: ProgrammingModel | undefined): boolean {
  return model?.name === '@azure/functions' && model.version.startsWith('3.');
}
