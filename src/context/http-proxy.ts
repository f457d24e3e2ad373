import http, { type ClientRequest } from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { Agent, type AgentConnectOpts } from 'agent-base';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import { DecoratorHandler, ProxyAgent, Agent as FetchAgent, setGlobalDispatcher, type Dispatcher } from 'undici';
import { UserError, messageOf } from '../core/errors.js';
import { within } from '../core/within.js';
import { isLoopback } from '../providers/contracts/endpoints.js';
import { PROXY_REFUSED, type HttpAgent } from '../providers/contracts/http-proxy.js';

/** How long a proxy may take to connect, in milliseconds. */
const CONNECT_MS = 10_000;

/** Services of a machine's own cloud, which tell of the machine itself: a proxy would tell of another. */
const METADATA = /^(169\.254\.\d{1,3}\.\d{1,3}|\[fd00:ec2::254\]|metadata\.google\.internal\.?)$/;

/** Those of which only an HTTP proxy makes sense; ALL_PROXY often names a SOCKS proxy, beside one of these. */
const CHECKED = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];

/**
 * Sends what this process asks over HTTP through the proxies that HTTPS_PROXY, HTTP_PROXY, ALL_PROXY
 * and NO_PROXY (or their lower-case forms) name: `fetch` from now on, and the clients that are given the agent. This
 * machine itself is never asked through a proxy.
 */
export function useHttpProxy(env: NodeJS.ProcessEnv): HttpAgent {
  excludeThisMachine(env);
  const proxied = new Map<string, ProxyAgent>();
  const through = (proxy: URL, tunnel: boolean): ProxyAgent => {
    const key = `${tunnel} ${proxy.href}`;
    const known = proxied.get(key) ?? new ProxyAgent({ uri: proxy.href, proxyTunnel: tunnel });
    proxied.set(key, known);
    return known;
  };
  const route: Dispatcher.DispatcherComposeInterceptor = (direct) => (options, handler) => {
    const target = new URL(options.origin ?? 'http://localhost');
    const proxy = proxyFor(target);
    if (proxy === undefined) return direct(options, handler);
    return through(proxy, target.protocol === 'https:').dispatch(options, new NamedFailures(handler, proxy, target));
  };
  setGlobalDispatcher(new FetchAgent().compose(route));
  return Object.assign(new ProxyingAgent(), { problem: problemIn(env) });
}

/**
 * The proxy for a target; undefined where it is asked directly. One without a scheme is spoken to over http, as curl
 * does.
 * @throws Error with the code of a refusal when the variable that counts for it names no HTTP proxy
 */
export function proxyFor(target: URL): URL | undefined {
  if (isLoopback(target.hostname) || target.hostname === '0.0.0.0' || METADATA.test(target.hostname)) return undefined;
  if (getProxyForUrl(target.href) === '') return undefined;
  const scheme = target.protocol.slice(0, -1);
  const name = [`${scheme}_proxy`, `${scheme}_proxy`.toUpperCase(), 'all_proxy', 'ALL_PROXY'].find(
    (each) => process.env[each],
  );
  const proxy = name && proxyOf(process.env[name] ?? '');
  if (proxy) return proxy;
  throw Object.assign(new Error(`the proxy of ${name} is no HTTP proxy`), { code: PROXY_REFUSED });
}

/** The address that a variable names; undefined when it is not that of an HTTP proxy. */
function proxyOf(value: string): URL | undefined {
  const url = value.includes('://') ? value : `http://${value}`;
  if (!URL.canParse(url)) return undefined;
  const proxy = new URL(url);
  return /^https?:$/.test(proxy.protocol) && proxy.hostname !== '' ? proxy : undefined;
}

/**
 * For libraries, and commands such as `az`, that read the variables by themselves: logins of the machine's own cloud,
 * and stubs of tests.
 */
function excludeThisMachine(env: NodeJS.ProcessEnv): void {
  const given = env.no_proxy || env.NO_PROXY || '';
  if (given.trim() === '*') return;
  const all = [given, 'localhost', '127.0.0.1', '::1', '169.254.169.254', 'metadata.google.internal'];
  env.no_proxy = env.NO_PROXY = all.filter((each) => each !== '').join(',');
}

/** What is wrong with the variables, for those who are about to ask a cloud; what asks nobody is not kept from it. */
function problemIn(env: NodeJS.ProcessEnv): UserError | undefined {
  const name = CHECKED.find((each) => env[each] && !proxyOf(env[each]));
  if (name === undefined) return undefined;
  return new UserError(`${name} names no HTTP proxy.`, {
    code: 'BAD_PROXY',
    hint: `Write http://HOST:PORT or https://HOST:PORT, or unset ${name}.`,
  });
}

/** A proxy as people may see it: without its login. */
const shown = ({ protocol, host }: URL): string => `${protocol}//${host}`;

/** An error that names the proxy, with the code by which it is told apart. */
function failure(proxy: URL, target: URL, error: Error & { code?: string; statusCode?: number }): Error {
  const status = error.statusCode ?? /^Proxy response \((\d{3})\)/.exec(error.message)?.[1];
  return status === undefined
    ? Object.assign(
        new Error(`the request through the proxy ${shown(proxy)} failed: ${messageOf(error) || error.code}`, {
          cause: error,
        }),
        { code: error.code },
      )
    : Object.assign(
        new Error(`the proxy ${shown(proxy)} refused the connection to ${target.host}: HTTP ${status}`, {
          cause: error,
        }),
        { code: PROXY_REFUSED },
      );
}

/** The class as it is: its types leave the methods out. */
const Decorator = DecoratorHandler as unknown as new (handler: Dispatcher.DispatchHandler) => {
  onResponseError(controller: Dispatcher.DispatchController | undefined, error: Error): void;
};

/** Names the proxy in what `fetch` fails with; what the caller aborted stays as it is. */
class NamedFailures extends Decorator {
  constructor(
    handler: Dispatcher.DispatchHandler,
    readonly proxy: URL,
    readonly target: URL,
  ) {
    super(handler);
  }

  /** There is no controller before there is a connection. */
  override onResponseError(controller: Dispatcher.DispatchController | undefined, error: Error): void {
    const own = controller?.aborted === true && controller.reason === error;
    super.onResponseError(controller, own ? error : failure(this.proxy, this.target, error));
  }
}

type PlainRequest = Parameters<HttpProxyAgent<string>['connect']>[0];

/** Decides for each connection of a client whether it goes through a proxy. */
class ProxyingAgent extends Agent {
  readonly #http = new http.Agent();
  readonly #https = new https.Agent();

  async connect(request: ClientRequest, options: AgentConnectOpts): Promise<Duplex | http.Agent> {
    const scheme = options.secureEndpoint ? 'https' : 'http';
    const host = options.host ?? 'localhost';
    const target = new URL(`${scheme}://${isIP(host) === 6 ? `[${host}]` : host}:${options.port}`);
    const proxy = proxyFor(target);
    if (proxy === undefined) return options.secureEndpoint ? this.#https : this.#http;
    let status = 200;
    // The library hands the refusal of the proxy on as if the target had answered.
    request.once('proxyConnect', (answer: { statusCode: number }) => (status = answer.statusCode));
    const connecting = options.secureEndpoint
      ? () => new HttpsProxyAgent(proxy).connect(request, options)
      : () => new HttpProxyAgent(proxy).connect(request as PlainRequest, options);
    try {
      const socket = await within<Duplex>(connecting, { ms: CONNECT_MS, late: noAnswer });
      if (status === 200) return socket;
      socket.destroy();
    } catch (error) {
      throw failure(proxy, target, error as Error);
    }
    throw failure(proxy, target, Object.assign(new Error('refused'), { statusCode: status }));
  }
}

const noAnswer = (): Error =>
  Object.assign(new Error(`it did not connect within ${CONNECT_MS / 1000} s`), { code: 'ETIMEDOUT' });
