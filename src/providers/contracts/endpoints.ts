/** A field of a provider's section that names an address to which fanops sends a login of the user. */
export interface EndpointField {
  /** Key in the section of the provider: `endpoint`. */
  key: string;
  /** Host names of the cloud itself, in lower case: they need no permission. */
  own?: RegExp;
  /** Schemes besides https that are fit for a host that is not this machine. Default: none. */
  remote?: readonly string[];
  /** Schemes of sockets of this machine, which need no permission. Default: none. */
  here?: readonly string[];
}

/** What is wrong with an address of the fleet file. */
export interface EndpointProblem {
  /** Path in the fleet file. */
  path: string[];
  message: string;
  hint: string;
}

export const ALLOWED_ENDPOINTS = 'FANOPS_ALLOWED_ENDPOINTS';

const LOOPBACK_4 = /^127(\.\d{1,3}){3}$/;
/** 127.0.0.0/8 as the URL parser writes it inside of IPv6. */
const LOOPBACK_MAPPED = /^\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\]$/;

/**
 * Whether a host name, as the URL parser writes it, is this machine for sure: names that a resolver answers for are
 * not.
 */
export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || LOOPBACK_4.test(hostname) || LOOPBACK_MAPPED.test(hostname);

/**
 * The address in the one spelling that all parsers read alike; undefined for one with a login in it, a query, or
 * letters that parsers read differently.
 * Only http, https, tcp and ssh have hosts here.
 */
function plainUrl(text: string): URL | undefined {
  if (!/^[a-z]+:\/\/[A-Za-z0-9._~:[\]-]+(\/[A-Za-z0-9._~%/-]*)?$/i.test(text) || !URL.canParse(text)) return undefined;
  const scheme = text.slice(0, text.indexOf(':')).toLowerCase();
  // The parser writes numbers and letters of hosts anew for web schemes only.
  const url = new URL(scheme === 'http' || scheme === 'https' ? text : `http${text.slice(scheme.length)}`);
  return url.username === '' && url.password === '' ? url : undefined;
}

/**
 * Why a login must not be sent to an address of the fleet file; undefined when it may.
 * @param allowed what the user allows outside of the file: `HOST`, `HOST:PORT`, `*.DOMAIN`, or an origin
 * `https://HOST[:PORT]`
 */
export function endpointProblem(
  text: string,
  field: EndpointField,
  allowed: readonly string[],
): { message: string; hint: string } | undefined {
  const scheme = text.slice(0, Math.max(text.indexOf(':'), 0)).toLowerCase();
  if (field.here?.includes(scheme)) return undefined;
  const url = plainUrl(text);
  if (!url)
    return {
      message: `"${text}" is no plain address`,
      hint: 'Write scheme, host, port and path alone: https://HOST:PORT.',
    };
  if (isLoopback(url.hostname)) return undefined;
  const remote = ['https', ...(field.remote ?? [])];
  const shown = url.host;
  if (!remote.includes(scheme)) {
    return {
      message: `a login would go to ${shown} in the clear`,
      hint: `Use ${remote.join(' or ')}; ${scheme} is for addresses of this machine only.`,
    };
  }
  if (field.own?.test(url.hostname) || allowed.some((entry) => allows(entry, scheme, url))) return undefined;
  return {
    message: `a login would go to ${shown}, which is neither the cloud's own nor this machine`,
    hint:
      `Where that is meant, allow it outside of the file: ${ALLOWED_ENDPOINTS}=${shown}, or ` +
      `\`allowedEndpoints: [${shown}]\` in ~/.config/fanops/config.yaml.`,
  };
}

function allows(entry: string, scheme: string, url: URL): boolean {
  const wanted = /^(?:([a-z]+):\/\/)?([^/]+)\/?$/i.exec(entry.trim());
  if (!wanted) return false;
  const [, ofScheme, place = ''] = wanted;
  if (ofScheme !== undefined && ofScheme.toLowerCase() !== scheme) return false;
  if (place.startsWith('*.'))
    return url.hostname.endsWith(place.slice(1).toLowerCase()) && url.hostname.length >= place.length;
  const other = plainUrl(`${scheme}://${place}`);
  // Without a port, any of the host will do.
  return other !== undefined && (other.host === url.host || (!/:\d+$/.test(place) && other.hostname === url.hostname));
}
