/**
 * A process that makes one machine at the provider azure, as built: `azure-child.mjs CONFIG SPEC FILE`, the first two as JSON. The state of operations
 * is kept in the file and gone on with from there; the machine is printed at the end. Its parent kills it.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { azureProvider } from '../../dist/providers/azure/index.js';
import { systemClock } from '../../dist/core/clock.js';

const [config = '', spec = '', file = ''] = process.argv.slice(2);
const { instances } = azureProvider({
  fleet: 'contract',
  dir: '/',
  config: JSON.parse(config),
  hosts: {},
  env: process.env,
  clock: systemClock,
  stateDir: async () => '/',
  templates: '',
});
const made = await instances.create(JSON.parse(spec), {
  resume: existsSync(file) ? readFileSync(file, 'utf8') : undefined,
  keep: async (state) => writeFileSync(file, state),
});
process.stdout.write(JSON.stringify(made));
