import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RuntimeModule, RuntimeSchemaValues, ServiceSection } from '../contracts/module.js';

/** What only this runtime reads of a service. */
export interface WebSection {
  command?: string | string[];
  health?: string;
  port?: number;
}

/** The section of a service, empty where it has none. */
export const webSection = (service: ServiceSection): WebSection =>
  (service as ServiceSection & { web?: WebSection }).web ?? {};

const section = ({ z, healthPath, port }: RuntimeSchemaValues) =>
  z.strictObject({
    command: z
      .union([z.string().min(1), z.array(z.string()).min(1)])
      .optional()
      .describe(
        'What starts the server: words, or a line for sh. It listens on all addresses at the port in PORT. ' +
          'Default: npm start where there is a package.json, else what the Dockerfile says',
      ),
    health: healthPath.optional().describe('A path that answers 2xx, 3xx or 401 when the server is well. Default: /'),
    port: port
      .optional()
      .describe('Port that the server listens on in its container. Default: 8080, else what the Dockerfile exposes'),
  });

/** Files by which an app is known that brings no start script. */
const SIGNS = ['Dockerfile', 'requirements.txt'];

export const runtime: RuntimeModule = {
  name: 'web',
  summary: 'any HTTP server: Node, Python, a static binary, or what a Dockerfile makes',
  offers: ['image'],
  section,
  health: (service) => ({ path: webSection(service).health ?? '/' }),
  async detect(dir) {
    for (const name of SIGNS) if (await isThere(join(dir, name))) return true;
    const text = await readFile(join(dir, 'package.json'), 'utf8').catch(() => '{}');
    try {
      return typeof (JSON.parse(text) as { scripts?: { start?: unknown } }).scripts?.start === 'string';
    } catch {
      return false;
    }
  },
};

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
