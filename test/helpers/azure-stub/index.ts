/**
 * STUB of ours of the Azure Resource Manager; there is no emulator of it that could be installed. It knows what fanops uses: resource groups,
 * networks, interfaces, public addresses, security groups, machines, disks and images; create-or-update by PUT, long-running operations with
 * Azure-AsyncOperation and provisioning states, refusals of removals in the wrong order, conflicts of operations, pages with nextLink. Written from
 * the public documentation; never compared with the real cloud.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { image } from './images.js';
import { sizes } from './sizes.js';
import { Machines } from './machines.js';
import { Networks } from './networks.js';
import { Operations } from './operations.js';
import { Refusal, Store, groupOf, type Json, type Resource } from './store.js';

interface Reply {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface AzureStub {
  url: string;
  operations: Operations;
  machines: Machines;
  /** All that is there, for tests that start with something. */
  store: Store;
  /** Splits lists into pages of so many items. */
  page(size: number | undefined): void;
  /** Identifiers of all that is there. */
  left(): string[];
  stop(): Promise<void>;
}

/** Starts it on a free port of the loopback interface. It speaks http and tells its own address as https: a proxy stands in front. */
export async function startAzureStub(): Promise<AzureStub> {
  const store = new Store();
  const operations = new Operations();
  const machines = new Machines(store, operations);
  const networks = new Networks(store, operations);
  let pageSize: number | undefined;

  const accepted = (
    base: string,
    operation: string,
    { resource, created }: { resource?: Resource; created?: boolean } = {},
  ): Reply => {
    const at = `${base}/subscriptions/s/providers/Microsoft.Stub/locations/westeurope/operations/${operation}?api-version=2024-01-01`;
    return {
      status: resource ? (created ? 201 : 200) : 202,
      body: resource,
      headers: {
        'azure-asyncoperation': at,
        ...(resource ? {} : { location: at.replace('/operations/', '/operationResults/') }),
      },
    };
  };

  const groups = (method: string, id: string, body: Json, base: string): Reply => {
    const type = 'Microsoft.Resources/resourceGroups';
    const present = store.get(id);
    if (method === 'PUT') {
      if (present?.properties.provisioningState === 'Deleting')
        throw new Refusal(409, 'ResourceGroupBeingDeleted', `The resource group ${id} is being deleted.`);
      return {
        status: present ? 200 : 201,
        body: store.put({
          ...(body as unknown as Resource),
          id,
          name: id.split('/').at(-1) ?? '',
          type,
          properties: { provisioningState: 'Succeeded' },
        }),
      };
    }
    const group = store.need(id);
    if (method === 'GET') return { status: 200, body: group };
    group.properties.provisioningState = 'Deleting';
    const { id: operation } = operations.start(id, () => {
      for (const each of store.list(undefined, id)) store.delete(each.id);
      store.delete(id);
    });
    const { headers } = accepted(base, operation);
    return { status: 202, headers: { location: headers?.location ?? '' } };
  };

  const one = (
    method: string,
    id: string,
    type: string,
    action: string | undefined,
    query: URLSearchParams,
    body: Json,
    headers: IncomingMessage['headers'],
    base: string,
  ): Reply => {
    const isMachine = /\/virtualMachines$/i.test(type);
    operations.look(id);
    if (method === 'GET' && action === 'instanceView') return { status: 200, body: machines.view(store.need(id)) };
    if (method === 'GET')
      return {
        status: 200,
        body: isMachine ? machines.shown(store.need(id), query.get('$expand') === 'instanceView') : store.need(id),
      };
    store.need(groupOf(id));
    if (method === 'POST') return accepted(base, machines.act(id, action ?? ''));
    if (method === 'PATCH') return { status: 200, body: machines.shown(machines.patch(id, body, headers), false) };
    if (method === 'PUT') {
      const put = isMachine ? machines.put(id, body, headers) : networks.put(id, type, body);
      return accepted(base, put.operation, {
        ...put,
        resource: isMachine ? machines.shown(put.resource, false) : put.resource,
      });
    }
    if (!store.get(id)) return { status: 204 };
    if (isMachine) return accepted(base, machines.delete(id));
    return accepted(base, type.endsWith('disks') ? machines.deleteDisk(id) : networks.delete(id));
  };

  const list = (items: Resource[], url: URL, base: string): Reply => {
    const from = Number(url.searchParams.get('$skiptoken') ?? 0);
    const page = pageSize === undefined ? items : items.slice(from, from + pageSize);
    const next = new URLSearchParams(
      [...url.searchParams]
        .filter(([name]) => name !== '$skiptoken')
        .concat([['$skiptoken', String(from + page.length)]]),
    );
    return {
      status: 200,
      body: {
        value: page,
        ...(from + page.length < items.length ? { nextLink: `${base}${url.pathname}?${next}` } : {}),
      },
    };
  };

  const route = (method: string, url: URL, text: string, headers: IncomingMessage['headers']): Reply => {
    const path = decodeURIComponent(url.pathname);
    if (!headers.authorization?.startsWith('Bearer '))
      throw new Refusal(401, 'AuthenticationFailed', 'Authentication failed. The Authorization header is missing.');
    if (!url.searchParams.get('api-version'))
      throw new Refusal(400, 'MissingApiVersionParameter', 'The api-version query parameter is required.');
    const base = `https://${headers.host}`;
    const body = text ? (JSON.parse(text) as Json) : {};
    const operation = /\/operation(s|Results)\/([^/]+)$/.exec(path);
    if (operation?.[2]) {
      const answer = operations.answer(operation[2]);
      // A Location answers 202 until the end.
      return operation[1] === 's'
        ? { status: 200, body: answer }
        : {
            status: answer.status === 'InProgress' ? 202 : 200,
            headers: answer.status === 'InProgress' ? { location: `${base}${url.pathname}${url.search}` } : {},
          };
    }
    const marketplace = image(path);
    if (marketplace === null) throw new Refusal(404, 'ArtifactNotFound', 'The VM image was not found.');
    if (marketplace !== undefined) return { status: 200, body: marketplace };
    if (/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+$/i.test(path)) {
      operations.look(path);
      return groups(method, path, body, base);
    }
    const skus = /^\/subscriptions\/[^/]+\/providers\/Microsoft\.Compute\/skus$/i.test(path);
    if (skus) return list(sizes(url.searchParams.get('$filter') ?? '') as unknown as Resource[], url, base);
    const all = /^(\/subscriptions\/[^/]+)\/providers\/(Microsoft\.Compute\/virtualMachines)$/i.exec(path);
    // The real one tells the names of groups in capitals here.
    const states = (each: Resource): Resource => ({
      ...machines.shown(each, url.searchParams.get('statusOnly') === 'true'),
      id: each.id.replace(/resourceGroups\/[^/]+/, (group) => group.toUpperCase()),
    });
    if (all) return list(store.list(all[2], all[1]).map(states), url, base);
    const inGroup = /^(\/subscriptions\/[^/]+\/resourceGroups\/[^/]+)\/(?:resources|providers\/([^/]+\/[^/]+))$/i.exec(
      path,
    );
    if (inGroup) {
      store.need(inGroup[1] ?? '');
      return list(
        store
          .list(inGroup[2], inGroup[1])
          .map((each) => (/\/virtualMachines$/i.test(each.type) ? machines.shown(each, false) : each)),
        url,
        base,
      );
    }
    const named =
      /^(\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/([^/]+\/[^/]+)\/[^/]+)(?:\/([^/]+))?$/i.exec(path);
    if (named) return one(method, named[1] ?? '', named[2] ?? '', named[3], url.searchParams, body, headers, base);
    throw new Refusal(404, 'InvalidResourceType', `The stub does not know ${method} ${path}.`);
  };

  const server: Server = createServer((req, res) => {
    const answer = async (): Promise<Reply> => {
      const chunks: Buffer[] = [];
      for await (const chunk of req) chunks.push(chunk as Buffer);
      try {
        return route(
          req.method ?? 'GET',
          new URL(req.url ?? '/', 'http://stub'),
          Buffer.concat(chunks).toString('utf8'),
          req.headers,
        );
      } catch (error) {
        if (error instanceof Refusal)
          return { status: error.status, body: { error: { code: error.code, message: error.message } } };
        return { status: 500, body: { error: { code: 'StubFailed', message: String((error as Error).stack) } } };
      }
    };
    void answer().then(({ status, body, headers }) => {
      const known = body === undefined ? '' : JSON.stringify(body);
      res.writeHead(status, { ...(known ? { 'content-type': 'application/json' } : {}), ...headers }).end(known);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    operations,
    machines,
    store,
    page: (size) => {
      pageSize = size;
    },
    left: () => store.ids(),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
