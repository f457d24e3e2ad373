import type { EngineModule } from '../contracts/module.js';

export const engine: EngineModule = {
  name: 'embedded',
  summary: "the router's program itself",
  settings: [],
};
