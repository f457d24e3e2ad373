/** Who asked for a thing that a provider made. */
export interface Ownership {
  fleet: string;
  /** Name of the host in the fleet file. */
  host: string;
  /** Id of the run that made it. */
  run: string;
}

/** Names of the tags that carry it. */
export const TAGS = {
  fleet: 'fanops-fleet',
  host: 'fanops-host',
  run: 'fanops-run',
  roles: 'fanops-roles',
  hostKey: 'fanops-host-key',
} as const;

/** The tags of a thing. */
export const tagsOf = (owner: Ownership): Record<string, string> => ({
  [TAGS.fleet]: owner.fleet,
  [TAGS.host]: owner.host,
  [TAGS.run]: owner.run,
});

/** Who owns a thing with these tags; undefined when they do not tell. */
export function ownerOf(tags: Readonly<Record<string, string | undefined>>): Ownership | undefined {
  const { [TAGS.fleet]: fleet, [TAGS.host]: host, [TAGS.run]: run } = tags;
  return fleet && host ? { fleet, host, run: run ?? '' } : undefined;
}
