/**
 * Which file may import which. Left never imports right, bracketed siblings never each other:
 * `errors, events, current, validation` → `config` → `[database, jobs]` → `application` →
 * `[server, worker, commands, console, migrations]` → `create` → `src/app` → entry points.
 * Helpers for tests, which nothing imports but tests, may also create tables.
 */
const place = {
  leftmost: '^src/framework/(errors/|(events|current|thread|validation)[.]ts$|register[.]cjs$)',
  program: '^src/framework/program[.]ts$',
  config: '^src/framework/config/',
  database: '^src/framework/database/',
  jobs: '^src/framework/jobs/',
  application: '^src/framework/application/',
  door: '^src/framework/index[.]ts$',
  server: '^src/framework/server/',
  worker: '^src/framework/worker/',
  commands: '^src/framework/commands/',
  testing: '^src/framework/testing[.]ts$',
  console: '^src/framework/console/',
  migrations: '^src/framework/migrations/',
  create: '^src/framework/create[.]ts$',
  settings: '^src/config[.]ts$',
  features: '^src/features/',
  app: '^src/app[.]ts$',
  npmStart: '^src/server[.]ts$',
  npmRunAgenda: '^src/worker[.]ts$',
  npmRunRepl: '^repl[.]ts$',
  knexfile: '^knexfile[.]ts$',
}

const toConfig = ['leftmost', 'config']
const toApplication = [...toConfig, 'database', 'jobs', 'application']
const toCreate = [
  ...toApplication,
  'program',
  'server',
  'worker',
  'commands',
  'console',
  'migrations',
  'create',
]
const toApp = [...toCreate, 'settings', 'features', 'app']

/** What each place may import besides itself. */
const mayImport = {
  leftmost: [],
  program: ['leftmost'],
  config: ['leftmost'],
  database: toConfig,
  jobs: toConfig,
  application: toApplication,
  door: toApplication,
  server: [...toApplication, 'program'],
  worker: [...toApplication, 'program'],
  commands: toApplication,
  testing: [...toApplication, 'migrations'],
  console: [...toApplication, 'program'],
  migrations: toApplication,
  create: toCreate.filter((name) => name !== 'program'),
  settings: ['config'],
  features: ['door'],
  app: toApp.filter((name) => name !== 'program' && name !== 'features'),
  npmStart: toApp,
  npmRunAgenda: toApp,
  npmRunRepl: toApp,
  knexfile: ['settings', 'database'],
}

const ourFiles = '^(src|tests|scripts|bench|migrations)/|^[^/]+[.]ts$'
const shipped = '^(src|migrations)/|^(repl|knexfile)[.]ts$'

const importOrder = Object.entries(mayImport).map(([name, others]) => ({
  name: `order: ${name}`,
  comment: `${name} may import ${['only itself', ...others].join(', ')}`,
  severity: 'error',
  from: { path: place[name] },
  to: { path: ourFiles, pathNot: [name, ...others].map((other) => place[other]) },
}))

module.exports = {
  forbidden: [
    ...importOrder,
    {
      name: 'a place for each file',
      comment:
        'this file is in none of the places that .dependency-cruiser.cjs knows: add it there',
      severity: 'error',
      from: { path: '^src/', pathNot: Object.values(place) },
      to: {},
    },
    {
      name: 'known places only',
      comment: 'the imported file is in none of the places that .dependency-cruiser.cjs knows',
      severity: 'error',
      from: {},
      to: { path: '^src/', pathNot: Object.values(place) },
    },
    {
      name: 'a feature is met by its index',
      comment: 'of another feature, a feature imports only the index',
      severity: 'error',
      from: { path: '^src/features/([^/]+)/' },
      to: {
        path: '^src/features/',
        pathNot: ['^src/features/$1/', '^src/features/[^/]+/index[.]ts$'],
      },
    },
    {
      name: 'front ends are apart',
      comment: 'the front ends of the console import the session, never each other',
      severity: 'error',
      from: { path: '^src/framework/console/(terminal|jupyter|notebook)[/.]' },
      to: {
        path: '^src/framework/console/(terminal|jupyter|notebook)[/.]',
        pathNot: '^src/framework/console/$1[/.]',
      },
    },
    {
      name: 'a migration stands alone',
      comment:
        'what it imports goes on changing, but for the steps of a migration; rows need Knex only',
      severity: 'error',
      from: { path: '^migrations/' },
      to: { path: ourFiles, pathNot: ['^migrations/', '^src/framework/migrations/change[.]ts$'] },
    },
    {
      name: 'no cycles',
      comment: 'files that import each other cannot be read, tested or loaded apart',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no development packages',
      comment: 'what runs in production needs `dependencies`, not `devDependencies`',
      severity: 'error',
      from: { path: shipped },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: '/@types/' },
    },
    {
      name: 'no undeclared packages',
      comment: 'package.json does not name this package, so that only chance installs it',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no missing files',
      comment: 'nothing is found under this name',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // The peers of the benchmarks have packages of their own.
    exclude: { path: '^bench/peers/' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Imports of types count too: an order that only run time keeps is none for the reader.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}
