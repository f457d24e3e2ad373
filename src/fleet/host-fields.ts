import type { Problem } from './problems.js';
import type { FleetFile, HostConfig } from './schema.js';

type Field = 'size' | 'image' | 'disk' | 'region' | 'zone' | 'ssh_from' | 'port' | 'hostKey';

const FIELDS: readonly Field[] = ['size', 'image', 'disk', 'region', 'zone', 'ssh_from', 'port', 'hostKey'];

/** What the owner of a machine takes from the file. What nobody would read is refused, so that nobody relies on it. */
const TAKEN: Record<NonNullable<HostConfig['provider']> | 'existing', readonly Field[]> = {
  local: [],
  docker: ['size', 'image'],
  aws: ['size', 'image', 'disk', 'region', 'zone', 'ssh_from'],
  azure: ['size', 'image', 'disk', 'region', 'zone', 'ssh_from'],
  gcp: ['size', 'image', 'disk', 'zone', 'ssh_from'],
  existing: ['port', 'hostKey'],
};

/** Fields of hosts that mean nothing for their provider, and zones that cannot be. */
export function hostFieldProblems(file: FleetFile): Problem[] {
  return Object.entries(file.hosts).flatMap(([name, host]) => {
    const owner = host.provider ?? 'existing';
    const unread = FIELDS.filter((field) => host[field] !== undefined && !TAKEN[owner].includes(field));
    return [
      ...unread.map((field): Problem => ({ path: ['hosts', name, field], ...why(owner, field) })),
      ...zoneProblems(name, host),
    ];
  });
}

function why(owner: keyof typeof TAKEN, field: Field): Pick<Problem, 'message' | 'hint'> {
  if (owner === 'gcp' && field === 'region')
    return { message: 'a host of gcp is placed by its zone', hint: 'Write `zone: europe-west1-b`.' };
  const able = (Object.keys(TAKEN) as (keyof typeof TAKEN)[]).filter(
    (each) => each !== 'existing' && TAKEN[each].includes(field),
  );
  const hint =
    able.length > 0 ? `It is read for: ${able.join(', ')}.` : 'It is read for machines with an address of their own.';
  return {
    message:
      owner === 'existing' ? 'means nothing for a machine that exists already' : `means nothing for a host of ${owner}`,
    hint,
  };
}

/** A zone of AWS is its region and a letter, or the name of a local zone; one of Azure a number; one of Google Cloud has three parts. */
function zoneProblems(name: string, { provider, region, zone }: HostConfig): Problem[] {
  if (zone === undefined) return [];
  const path = ['hosts', name, 'zone'];
  if (provider === 'gcp' && !/^[a-z]+-[a-z]+\d+-[a-z]$/.test(zone))
    return [{ path, message: `"${zone}" is no zone of gcp`, hint: 'Such as europe-west1-b.' }];
  if (provider === 'azure' && !/^[1-9]$/.test(zone))
    return [{ path, message: `"${zone}" is no zone of azure`, hint: 'A number, in quotes: "1".' }];
  if (provider === 'aws' && region !== undefined && !zone.startsWith(region))
    return [{ path, message: `${zone} is not in ${region}` }];
  return [];
}
