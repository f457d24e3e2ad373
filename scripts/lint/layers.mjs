import { dirname, relative, resolve, sep } from 'node:path';

/** What each folder of src may import besides itself. `types:` only as types. A path ends a folder with `/` and names a file without. */
const LAYERS = {
  core: [],
  fleet: [
    'core/',
    'types:providers/contracts/',
    'types:platforms/contracts/',
    'types:runtimes/contracts/',
    'types:routers/contracts/',
  ],
  // What kit and fleet know of platforms.
  'platforms/contracts': ['core/', 'types:fleet/schema-values', 'types:runtimes/contracts/'],
  'runtimes/contracts': ['core/', 'types:fleet/schema-values'],
  'routers/contracts': [],
  remote: ['core/'],
  // The lock of a run is held by command lines on its hosts, so runs know how those are written and where they go.
  runs: ['core/', 'remote/layout', 'remote/reserve', 'remote/service-lock', 'types:transports/transport'],
  transports: ['core/'],
  'providers/contracts': ['core/', 'types:transports/transport', 'types:fleet/schema-values'],
  providers: ['core/', 'providers/contracts/', 'transports/'],
  kit: [
    'core/',
    'fleet/',
    'remote/',
    'runs/',
    'types:providers/contracts/',
    'types:platforms/contracts/',
    'types:runtimes/contracts/',
    'types:routers/contracts/',
    'types:transports/transport',
    'transports/tar',
  ],
  platforms: [
    'core/',
    'fleet/',
    'remote/',
    'runs/',
    'transports/tar',
    'kit/',
    'platforms/contracts/',
    'types:runtimes/contracts/',
  ],
  runtimes: ['core/', 'fleet/', 'remote/', 'runs/', 'kit/', 'runtimes/contracts/'],
  routers: ['routers/contracts/'],
  operations: [
    'core/',
    'fleet/',
    'remote/',
    'runs/',
    'types:providers/contracts/',
    'types:transports/transport',
    'transports/tar',
    'kit/',
    'platforms/',
    'runtimes/',
    'types:routers/contracts/',
  ],
  playbooks: ['core/', 'fleet/', 'remote/', 'runs/', 'operations/', 'kit/'],
  prompts: ['core/', 'types:operations/', 'types:kit/'],
  ui: ['core/', 'types:operations/', 'types:kit/'],
  // What fanops uses of oclif: one module, so that the build can make one file of it.
  oclif: [],
  // Flags that several commands have.
  flags: ['oclif'],
  help: ['ui/', 'oclif'],
  commands: [
    'core/',
    'playbooks/',
    'ui/',
    'prompts/',
    // What a command calls is in the catalog. The others are choices, and what only a person does.
    'operations/catalog',
    'operations/host/bootstrap',
    'operations/init/',
    'operations/inventory/ansible',
    'operations/inventory/openssh',
    'operations/run/list',
    'operations/unanswered',
    'types:operations/',
    'kit/',
    'base-command',
    'plan-command',
    'flags',
    'oclif',
    // Flags that the tables of modules bring.
    'context/init-flags',
  ],
  // A word that is no command: it says which one is near.
  hooks: ['core/', 'ui/', 'fleet/nearest', 'oclif'],
  'plan-command': ['core/', 'playbooks/', 'ui/', 'prompts/', 'operations/', 'kit/', 'base-command', 'oclif'],
  'base-command': ['core/', 'ui/', 'prompts/', 'operations/', 'kit/', 'playbooks/', 'context', 'oclif'],
  context: [
    'core/',
    'fleet/',
    'remote/',
    'runs/',
    'transports/',
    'providers/',
    'kit/',
    'platforms/',
    'runtimes/',
    'routers/',
    'operations/',
    'oclif',
  ],
};

/** Packages that only some folders may import; `types`: those that may import types of them. */
const PACKAGES = [
  { names: /^(chalk|listr2|cli-table3)$/, folders: ['ui/'] },
  { names: /^(node-ssh|ssh2)$/, folders: ['transports/', 'providers/local/'] },
  { names: /^execa$/, folders: ['transports/', 'providers/docker/'] },
  { names: /^@inquirer\//, folders: ['prompts/'] },
  { names: /^@oclif\/core/, folders: ['oclif'] },
  // What travels to hosts and back: those below know nothing of it, those above get it from operations.
  {
    names: /^#protocol$/,
    folders: ['remote/', 'operations/', 'kit/', 'platforms/', 'runtimes/'],
  },
  // The CLI has the protocol as one file: by its name it would load zod, and a published fanops has no such package.
  { names: /^fanops-(protocol|router|functions-host)/, folders: ['#protocol in place of it'] },
  // The build puts their code into these files: an installed fanops has no such packages.
  { names: /^(@aws-sdk|@smithy)\//, folders: ['providers/aws/clients'], types: ['providers/aws/'] },
  { names: /^@azure\//, folders: ['providers/azure/clients'], types: ['providers/azure/'] },
  {
    names: /^(@google-cloud\/|googleapis|google-auth-library)/,
    folders: ['providers/gcp/clients'],
    types: ['providers/gcp/'],
  },
];

const matches = (path, pattern) => (pattern.endsWith('/') ? path.startsWith(pattern) : path === pattern);

const layerOf = (path) => Object.keys(LAYERS).find((name) => matches(path, `${name}/`) || path === name);

function layerProblem(from, to, typeOnly) {
  const layer = layerOf(from);
  if (!layer) return `src/${from} is in no layer: name it in scripts/lint/layers.mjs`;
  if (layerOf(to) === layer) return undefined;
  const rule = LAYERS[layer].find((pattern) => matches(to, pattern.replace(/^types:/, '')));
  if (!rule) return `${layer} may not import ${to}`;
  return rule.startsWith('types:') && !typeOnly ? `${layer} may import ${to} as types only` : undefined;
}

function packageProblem(from, name, typeOnly) {
  const rule = PACKAGES.find(({ names }) => names.test(name));
  const allowed = rule && [...rule.folders, ...(typeOnly ? (rule.types ?? []) : [])];
  if (!allowed || allowed.some((folder) => matches(from, folder))) return undefined;
  return `${name} belongs to ${allowed.join(', ')}`;
}

const onlyTypes = (node) =>
  node.importKind === 'type' ||
  node.exportKind === 'type' ||
  (node.specifiers?.length > 0 && node.specifiers.every((each) => each.importKind === 'type'));

/** Imports go one way; see the layout in docs. Dynamic imports count like the others. */
export const layers = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const root = resolve(context.cwd, 'src');
    const from = relative(root, context.filename).replaceAll(sep, '/').replace(/\.ts$/, '');
    const look = (node, source, typeOnly) => {
      const name = source?.value;
      if (typeof name !== 'string' || name.startsWith('node:')) return;
      const to = relative(root, resolve(dirname(context.filename), name))
        .replaceAll(sep, '/')
        .replace(/\.js$/, '');
      const message = name.startsWith('.') ? layerProblem(from, to, typeOnly) : packageProblem(from, name, typeOnly);
      if (message) context.report({ node, message });
    };
    return {
      ImportDeclaration: (node) => look(node, node.source, onlyTypes(node)),
      ExportNamedDeclaration: (node) => look(node, node.source, onlyTypes(node)),
      ExportAllDeclaration: (node) => look(node, node.source, onlyTypes(node)),
      ImportExpression: (node) => look(node, node.source, false),
      TSImportType: (node) => look(node, node.source ?? node.argument?.literal, true),
    };
  },
};

/** A module is replaced in a test only with a comment that says why. */
export const explainedMocks = {
  meta: { type: 'problem', schema: [] },
  create: (context) => ({
    "CallExpression[callee.object.name='vi'][callee.property.name=/^(mock|doMock|unstable_mockModule)$/]": (node) => {
      if (context.sourceCode.getCommentsBefore(node.parent).length === 0) {
        context.report({ node, message: 'Say in a comment why a module must be replaced here.' });
      }
    },
  }),
};
