import { coerce, satisfies, validRange } from 'semver';
import { glob } from 'tinyglobby';
import { keyPlace, readLines, type AppFacts, type GivenSetting } from './facts.js';
import type { Finding, Place } from './types.js';

/** Where the app, its settings or its infrastructure files ask for another Node than this one (specification 9). */
export async function nodeFindings({ root, pkg, settings }: AppFacts): Promise<Finding[]> {
  return [...engines(root, pkg.nodeEngine), ...bySetting(settings), ...(await byInfrastructure(root))];
}

const hint = 'Run it on a host with that version, or try it with this one.';

function otherNode(what: string, where?: Place): Finding {
  return { id: 'node-version', severity: 'degrades', where, hint, message: `${what}; this is ${process.version}.` };
}

function engines(root: string, range: string | undefined): Finding[] {
  if (!range || !validRange(range) || satisfies(process.version, range)) return [];
  return [otherNode(`"engines" of package.json asks for Node ${range}`, keyPlace(root, 'package.json', 'node'))];
}

function bySetting(settings: GivenSetting[]): Finding[] {
  const setting = settings.find(({ name }) => name.toUpperCase() === 'WEBSITE_NODE_DEFAULT_VERSION');
  return setting && isOther(setting.value)
    ? [otherNode(`WEBSITE_NODE_DEFAULT_VERSION asks for Node ${setting.value}`, setting.where)]
    : [];
}

/** `linuxFxVersion: 'NODE|20'` in Bicep, Terraform and ARM templates beside the app. */
async function byInfrastructure(root: string): Promise<Finding[]> {
  const names = ['**/*.{bicep,tf}', '**/{azuredeploy,template,main}.json'];
  const files = await glob(names, { cwd: root, ignore: ['**/node_modules/**', '**/.git/**'] });
  return files.sort().flatMap((file) => {
    const lines = readLines(root, file)?.lines ?? [];
    const at = lines.findIndex((line) => isOther(/linux_?fx_?version\W+node\|([\d.]+)/i.exec(line)?.[1] ?? ''));
    return at < 0
      ? []
      : [otherNode(`${file} asks for Node ${/node\|([\d.]+)/i.exec(lines[at]!)?.[1]}`, { file, line: at + 1 })];
  });
}

/** False also for what is no version, such as `~auto`. */
function isOther(version: string): boolean {
  const major = coerce(version)?.major;
  return major !== undefined && !satisfies(process.version, `^${major}`);
}
