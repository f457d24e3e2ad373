/** A name in the fleet file: of the fleet, a host, a service, a placement. */
export const NAME = /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/;

/** What `NAME` allows, in words. */
export const NAME_RULE =
  'lower-case letters, digits and dashes, starting with a letter and not ending with a dash, at most 40';
