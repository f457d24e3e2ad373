import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { explainedMocks, layers } from './scripts/lint/layers.mjs';
import { names } from './scripts/lint/names.mjs';

const node = Object.fromEntries(
  [
    'process',
    'console',
    'Buffer',
    'URL',
    'URLSearchParams',
    'fetch',
    'Headers',
    'Response',
    'AbortController',
    'AbortSignal',
    'TextDecoder',
    'TextEncoder',
    'setTimeout',
    'clearTimeout',
    'setInterval',
    'clearInterval',
    'setImmediate',
    'performance',
    'structuredClone',
  ].map((name) => [name, 'readonly']),
);
const commonJs = {
  module: 'writable',
  exports: 'writable',
  require: 'readonly',
  __dirname: 'readonly',
  __filename: 'readonly',
};

const exits = {
  selector: "MemberExpression[object.name='process'][property.name='exit']",
  message: 'Only the base command ends the process.',
};
const oclifErrors = {
  selector: "CallExpression[callee.object.type='ThisExpression'][callee.property.name='error']",
  message: 'Throw one of core/errors.',
};
const lines = (max) => ['error', { max, skipBlankLines: true, skipComments: true }];

export default defineConfig(
  {
    ignores: ['**/node_modules/', '**/dist/', '**/coverage/', '**/.fanops/', '**/.demo/', 'packages/*/test/fixtures/'],
  },
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { fanops: { rules: { layers, names, 'explained-mocks': explainedMocks } } },
  },
  js.configs.recommended,
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      // Quoting and terminals are about control characters here.
      'no-control-regex': 'off',
      'no-empty': 'error',
      'no-var': 'error',
      'prefer-const': ['error', { ignoreReadBeforeAssign: true }],
      'max-lines': lines(300),
      'no-restricted-syntax': ['error', exits, oclifErrors],
    },
  },
  { files: ['**/*.{js,mjs,cjs}'], languageOptions: { globals: { ...node, ...commonJs } } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended, tseslint.configs.stylistic],
    languageOptions: { parserOptions: { project: './tsconfig.check.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // A type of an object that becomes JSON must be an alias: interfaces have no index signature.
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/consistent-indexed-object-style': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['src/**/*.ts', 'packages/*/src/**/*.ts'],
    // Programs and statements of SQL that stand in a text are as they are.
    rules: {
      'max-len': ['error', 120, { ignoreUrls: true, ignoreRegExpLiterals: true, ignoreTemplateLiterals: true }],
    },
  },
  { files: ['src/**/*.ts'], rules: { 'fanops/layers': 'error', 'fanops/names': 'error' } },
  { files: ['src/commands/**/*.ts'], rules: { 'max-lines': lines(100) } },
  {
    files: ['src/ui/**', 'packages/*/src/**', 'scripts/**', 'templates/**', 'examples/**'],
    rules: { 'no-console': 'off' },
  },
  {
    // Programs of their own: they end themselves.
    files: [
      'src/base-command.ts',
      'src/providers/*/server-main.ts',
      'packages/*/src/{cli,run-host}.ts',
      'packages/*/src/**/*-child.ts',
      'packages/*/*.mjs',
      'scripts/**',
      'templates/**',
      'examples/**',
    ],
    rules: { 'no-restricted-syntax': ['error', oclifErrors], 'no-console': 'off' },
  },
  {
    files: ['test/**', 'packages/*/test/**'],
    rules: {
      'max-lines': lines(400),
      'no-console': 'off',
      'fanops/explained-mocks': 'error',
      'no-restricted-syntax': 'off',
    },
  },
);
