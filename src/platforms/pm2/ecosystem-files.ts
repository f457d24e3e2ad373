import { keepFile, linkFile } from '../../remote/files.js';
import { releaseDir, serviceDir } from '../../remote/layout.js';
import { RELEASE } from '../../remote/release.js';
import { mutateOk } from '../../kit/on-host.js';
import type { ProcessIo, ProcessSpec } from './process-spec.js';
import { startedWith } from './start-arguments.js';

type Spec = Pick<ProcessSpec, 'service' | 'host' | 'release'>;

/** What PM2 is started with. */
export const ecosystemFile = (service: string): string => `${serviceDir(service)}/ecosystem.json`;

const ownEcosystem = (service: string, release: string): string =>
  `${releaseDir(service, release)}/${RELEASE.ecosystem}`;

/**
 * Keeps the ecosystem file of a release in its folder, so that going back to it writes none; that of the release that
 * runs now as well, which an
 * earlier version may have started without one.
 * @returns the text of the file that is in place now, undefined for none
 */
export async function keepEcosystems(
  io: ProcessIo,
  { service, host, release }: Spec,
  wanted: string,
): Promise<string | undefined> {
  const transport = await io.ctx.hosts.transport(host);
  const running = (await startedWith(io.ctx, host, service))?.release;
  if (running !== undefined && running !== release) {
    await mutateOk(
      io,
      host,
      keepFile(ecosystemFile(service), ownEcosystem(service, running)),
      'The ecosystem file could not be kept',
      { brief: true },
    );
  }
  const own = ownEcosystem(service, release);
  if ((await transport.getFile(own))?.toString('utf8') !== wanted) await transport.putFile(wanted, own, 0o600);
  return (await transport.getFile(ecosystemFile(service)))?.toString('utf8');
}

/** Puts the ecosystem file of a release into its place, which takes no room. */
export async function placeEcosystem(io: ProcessIo, { service, host, release }: Spec): Promise<void> {
  await mutateOk(
    io,
    host,
    linkFile(ownEcosystem(service, release), ecosystemFile(service)),
    'The ecosystem file could not be put into place',
    { brief: true },
  );
}

/** Whether files differ in what PM2 does not take over in a reload; arguments, deadlines and environment it does. */
export function needsRestart(old: string, wanted: string): boolean {
  const fixed = (text: string): string => {
    const { script, cwd, exec_mode, out_file, error_file } =
      (JSON.parse(text) as { apps: Record<string, unknown>[] }).apps[0] ?? {};
    return JSON.stringify([script, cwd, exec_mode, out_file, error_file]);
  };
  return fixed(old) !== fixed(wanted);
}
