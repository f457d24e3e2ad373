import { readFile } from 'node:fs/promises';
import { UserError } from '../../core/errors.js';
import type { OperationContext } from '../../kit/context.js';
import { isPacked, readSource } from '../../kit/source.js';
import { RELEASE } from '../../remote/release.js';
import type { ImageArtifact, ImageOptions, ReleaseSource } from '../contracts/runtime.js';
import { ownDockerfile } from '../dockerfile.js';
import { appCopy } from '../npm/app-copy.js';
import { appSettings } from './settings.js';

/** Image with Node and npm that an app without a Dockerfile starts from. */
const BASE = 'node:24-slim';
/** Port inside of the image. */
const PORT = 8080;
/** Port inside of the images of Azure Functions, which an app with a Dockerfile mostly starts from. */
const AZURE_PORT = 80;
const KEYS = '/run/fanops/keys.json';

const dockerfile = (base: string, hasLock: boolean, keys: boolean): string => {
  const command = [
    'node',
    '/fanops/functions-host.cjs',
    ...['--root', '/app', '--state', '/var/lib/fanops', '--host', '0.0.0.0', '--port', String(PORT)],
    ...(keys ? ['--keys', KEYS] : []),
  ];
  return `FROM ${base}
ENV NODE_ENV=production
WORKDIR /app
COPY app/package.json ${hasLock ? 'app/package-lock.json ' : ''}./
RUN npm ${hasLock ? 'ci' : 'install'} --omit=dev --no-audit --no-fund --loglevel=error
COPY app/ ./
COPY runtime/ /fanops/
RUN mkdir -p /var/lib/fanops /run/fanops
EXPOSE ${PORT}
CMD ${JSON.stringify(command)}
`;
};

/** The app on functions-host in an image; with a Dockerfile of its own, what that makes of it. */
export async function imageOf(
  ctx: OperationContext,
  service: string,
  { background }: Pick<ReleaseSource, 'background'>,
  { base = BASE }: ImageOptions,
): Promise<ImageArtifact> {
  const source = await readSource(ctx, service);
  const { keys, ...env } = await appSettings(ctx, service, background);
  const own = await ownDockerfile(source.dir);
  if (own && keys)
    throw new UserError(`${service} has a Dockerfile of its own: its image is not given services.${service}.keys.`, {
      where: `services.${service}.keys`,
      hint: 'Remove the Dockerfile, so that fanops builds the image; or let the image have its keys by a setting.',
    });
  if (own)
    return {
      app: { dir: source.dir, isPacked },
      files: [],
      port: own.port ?? AZURE_PORT,
      env,
      secrets: [],
      keys: false,
      health: { path: '/', tellsRelease: false },
    };
  const app = await appCopy(ctx, service, source);
  return {
    app: { dir: app.built ? app.dir : source.dir, isPacked },
    files: [{ path: RELEASE.host, content: await readFile(ctx.assets.functionsHost), mode: 0o644 }],
    dockerfile: dockerfile(base, source.hasLock, keys !== undefined),
    port: PORT,
    env,
    secrets: keys ? [{ path: KEYS, content: keys, mode: 0o600 }] : [],
    keys: keys !== undefined,
    health: { path: '/_fanops/health', tellsRelease: true },
  };
}
