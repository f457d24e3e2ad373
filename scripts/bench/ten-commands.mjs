// A process of its own: so many commands on a host of the fleet in this folder, one after the other over one connection.
import { readFileSync } from 'node:fs';
import { createContext } from '../../dist/context.js';

const [host, times] = process.argv.slice(2);
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const ctx = createContext({
  cwd: process.cwd(),
  env: process.env,
  version,
  listener: () => undefined,
  signal: new AbortController().signal,
});
const transport = await ctx.hosts.transport(host);
for (let i = 0; i < Number(times); i++) {
  const { code } = await transport.run({ argv: ['true'] });
  if (code !== 0) throw new Error(`a command on ${host} ended with ${code}`);
}
await ctx.dispose();
