import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../core/errors.js';
import type { OperationContext } from '../../kit/context.js';
import { isPacked, readSource } from '../../kit/source.js';
import type { ImageArtifact, ImageOptions, ReleaseSource } from '../contracts/runtime.js';
import { ownDockerfile } from '../dockerfile.js';
import { settingsOf } from '../settings.js';
import { webSection } from './config.js';

/** Port inside, where neither the fleet file nor a Dockerfile names one. */
const PORT = 8080;

/** How a server is built and started. */
export interface Kind {
  /** `Node, npm start`. */
  summary: string;
  /** Text of its Dockerfile; absent: it has its own. */
  dockerfile?(base: string | undefined, port: number): string;
  port?: number;
}

/** Belongs to the developer's machine, beside what never is a part of a release. */
const NOT_PACKED = ['.venv', 'venv', '__pycache__'];

/** What the source of a service is. @throws UserError (code NO_COMMAND) when nothing says how it starts */
export async function kindOf(ctx: OperationContext, service: string, dir: string): Promise<Kind> {
  const { command } = webSection((await ctx.fleet()).service(service));
  const isThere = (name: string): Promise<boolean> =>
    access(join(dir, name)).then(
      () => true,
      () => false,
    );
  const own = await ownDockerfile(dir);
  if (own) {
    if (command !== undefined)
      throw new UserError(`${service} has a Dockerfile of its own, which says how it starts.`, {
        where: `services.${service}.web.command`,
        hint: 'Write the command as CMD there, or remove the Dockerfile.',
      });
    return { summary: 'its own Dockerfile', ...own };
  }
  if (await isThere('package.json')) {
    const lock = (await isThere('package-lock.json')) ? 'ci' : 'install';
    return {
      summary: `Node, ${textOf(command ?? ['npm', 'start'])}`,
      dockerfile: (base = 'node:24-slim', port) =>
        dockerfile(base, port, command ?? ['npm', 'start'], [
          `COPY app/package.json ${lock === 'ci' ? 'app/package-lock.json ' : ''}./`,
          `RUN npm ${lock} --omit=dev --no-audit --no-fund --loglevel=error`,
        ]),
    };
  }
  if (command === undefined)
    throw new UserError(`${service}: nothing says how the server in ${dir} is started.`, {
      code: 'NO_COMMAND',
      where: `services.${service}.web.command`,
      hint: 'Write `web: { command: [python3, app.py] }`, or put a Dockerfile into the source.',
    });
  const isPython = await isThere('requirements.txt');
  return {
    summary: `${isPython ? 'Python' : 'a program'}, ${textOf(command)}`,
    dockerfile: (base = isPython ? 'python:3.13-slim' : 'debian:12-slim', port) =>
      dockerfile(
        base,
        port,
        command,
        isPython
          ? ['COPY app/requirements.txt ./', 'RUN python3 -m pip install --no-cache-dir -r requirements.txt']
          : [],
      ),
  };
}

const textOf = (command: string | readonly string[]): string =>
  typeof command === 'string' ? command : command.join(' ');

const dockerfile = (
  base: string,
  port: number,
  command: string | readonly string[],
  install: readonly string[],
): string =>
  [
    `FROM ${base}`,
    'WORKDIR /app',
    ...install,
    'COPY app/ ./',
    `EXPOSE ${port}`,
    `CMD ${JSON.stringify(typeof command === 'string' ? ['sh', '-c', `exec ${command}`] : command)}`,
    '',
  ].join('\n');

/** The server in an image. */
export async function imageOf(
  ctx: OperationContext,
  service: string,
  _source: Pick<ReleaseSource, 'background'>,
  { base }: ImageOptions,
): Promise<ImageArtifact> {
  const { dir } = await readSource(ctx, service, '');
  if (!(await stat(dir)).isDirectory())
    throw new UserError(`${service}: ${dir} is no folder.`, { where: `services.${service}.source` });
  const kind = await kindOf(ctx, service, dir);
  const { port = kind.port ?? PORT, health: path = '/' } = webSection((await ctx.fleet()).service(service));
  const env = await settingsOf(ctx, service);
  return {
    app: { dir, isPacked: (name) => isPacked(name) && !NOT_PACKED.includes(name) },
    files: [],
    ...(kind.dockerfile && { dockerfile: kind.dockerfile(base, port) }),
    port,
    env: { on: env, quiet: env },
    secrets: [],
    keys: false,
    health: { path, tellsRelease: false },
  };
}
