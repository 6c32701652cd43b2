import assert from 'node:assert/strict'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { defineConfig, integer, oneOf, storeUrl, text } from '../../../src/framework/config'
import { ConfigError } from '../../../src/framework/errors'

// A folder that does not exist has no .env, so these tests meet none.
const root = join(tmpdir(), 'atelier-no-such-project')

const byEnvironment = {
  root,
  defaults: { PORT: 1000 },
  environments: {
    development: { PORT: 2000 },
    production: { PORT: 3000, HOST: '0.0.0.0' },
    test: { PORT: 0, DATABASE_URL: 'sqlite::memory:' },
  },
}

for (const [name, port] of [
  ['development', 2000],
  ['production', 3000],
  ['test', 0],
] as const) {
  test(`NODE_ENV=${name} chooses the values under environments.${name}`, () => {
    const config = defineConfig({ ...byEnvironment, environment: { NODE_ENV: name } })
    assert.deepEqual([config.NODE_ENV, config.PORT], [name, port])
  })
}

test('without NODE_ENV the environment is development', () => {
  assert.equal(defineConfig({ ...byEnvironment, environment: {} }).NODE_ENV, 'development')
})

test('an unknown NODE_ENV is a problem that names the three', () => {
  assert.throws(() => defineConfig({ ...byEnvironment, environment: { NODE_ENV: 'prod' } }), {
    name: 'ConfigError',
    problems: [
      { key: 'NODE_ENV', seen: "'prod'", expected: 'one of development, production, test' },
    ],
  })
})

for (const name of ['constructor', '__proto__', 'toString', 'Development', ' test']) {
  test(`NODE_ENV=${JSON.stringify(name)} is as unknown as any other`, () => {
    const attempt = () => defineConfig({ ...byEnvironment, environment: { NODE_ENV: name } })
    const expected = 'one of development, production, test'
    assert.throws(attempt, { problems: [{ key: 'NODE_ENV', seen: `'${name}'`, expected }] })
  })
}

test('an override of NODE_ENV chooses the defaults of that environment', () => {
  const config = defineConfig({ ...byEnvironment, environment: { NODE_ENV: 'development' } })
  const other = config.with({ NODE_ENV: 'production' })
  const expected = defineConfig({ ...byEnvironment, environment: { NODE_ENV: 'production' } })
  assert.deepEqual([other.NODE_ENV, other.PORT], ['production', expected.PORT])
})

test('the environment wins over the defaults of NODE_ENV', () => {
  const environment = { NODE_ENV: 'production', PORT: '8080' }
  assert.equal(defineConfig({ ...byEnvironment, environment }).PORT, 8080)
})

test('with nothing set there is a default for everything but the result store', () => {
  const { root: _, ...settings } = defineConfig({ root, environment: {} })
  assert.deepEqual(JSON.parse(JSON.stringify(settings)), {
    NODE_ENV: 'development',
    HOST: '127.0.0.1',
    PORT: 3000,
    DATABASE_URL: 'sqlite:db.sqlite3',
    AGENDA_URL: 'sqlite:jobs.sqlite3',
    AGENDA_MAX_CONCURRENCY: 20,
    AGENDA_DEFAULT_CONCURRENCY: 5,
    AGENDA_DEFAULT_LOCK_LIFETIME: 30_000,
    AGENDA_PROCESS_EVERY: 1_000,
    AGENDA_RESULT_EXPIRES: 86_400_000,
    AGENDA_MAX_CRASHES: 3,
    AGENDA_THREADS: Math.max(1, availableParallelism() - 1),
    AGENDA_SYNCHRONOUS: 'NORMAL',
  })
})

test('a setting has its own type, not text', () => {
  const config = defineConfig({ root, environment: { PORT: '8080', AGENDA_PROCESS_EVERY: '250' } })
  assert.deepEqual([config.PORT, config.AGENDA_PROCESS_EVERY], [8080, 250])
})

test('the settings cannot be changed', () => {
  const config = defineConfig({ root, environment: {} })
  assert.throws(() => Object.assign(config, { PORT: 1 }), TypeError)
  assert.throws(() => Object.assign(config, { OTHER: 1 }), TypeError)
  assert.throws(() => Object.assign(config.DATABASE_URL, { kind: 'mysql' }), TypeError)
})

test('the root is absolute', () => {
  assert.equal(
    defineConfig({ root: 'some/folder', environment: {} }).root,
    join(process.cwd(), 'some/folder'),
  )
})

test('a setting of the project is read and typed', () => {
  const settings = {
    MAX_UPLOADS: integer(1, 9),
    LOG_LEVEL: oneOf('debug', 'info'),
    TITLE: text(),
    SEARCH_URL: storeUrl('redis'),
  }
  const environment = {
    MAX_UPLOADS: '3',
    LOG_LEVEL: 'info',
    TITLE: 'Shop',
    SEARCH_URL: 'redis://:secret@cache/0',
  }
  const config = defineConfig({ root, settings, environment })
  const uploads: number = config.MAX_UPLOADS
  const level: 'debug' | 'info' = config.LOG_LEVEL
  const title: string = config.TITLE
  assert.deepEqual([uploads, level, title], [3, 'info', 'Shop'])
  assert.equal(String(config.SEARCH_URL), 'redis://:***@cache/0')
})

test('a setting of the project may have a default', () => {
  const definition = {
    root,
    settings: { MAX_UPLOADS: integer(1, 9) },
    defaults: { MAX_UPLOADS: 5 },
  }
  assert.equal(defineConfig({ ...definition, environment: {} }).MAX_UPLOADS, 5)
})

test('a setting of the project without a default has to be set', () => {
  const attempt = () => defineConfig({ root, settings: { API_NAME: text() }, environment: {} })
  assert.throws(attempt, {
    problems: [{ key: 'API_NAME', seen: 'nothing', expected: 'some text' }],
  })
})

test('a default of the project is checked like any other value', () => {
  const attempt = () => defineConfig({ root, defaults: { PORT: 70_000 }, environment: {} })
  assert.throws(attempt, { code: 'CONFIG_INVALID', message: /PORT: .* saw '70000'/ })
})

test('with() gives the same settings with some replaced', () => {
  const config = defineConfig({ root, environment: { PORT: '8080' } })
  const changed = config.with({ DATABASE_URL: 'sqlite::memory:' })
  assert.deepEqual([changed.PORT, String(changed.DATABASE_URL)], [8080, 'sqlite::memory:'])
  assert.equal(String(config.DATABASE_URL), 'sqlite:db.sqlite3')
})

test('with() freezes what it gives, and can be used again on it', () => {
  const config = defineConfig({ root, environment: {} })
    .with({ PORT: 1 })
    .with({ HOST: 'localhost' })
  assert.deepEqual([config.PORT, config.HOST, config.root], [1, 'localhost', root])
  assert.ok(Object.isFrozen(config))
})

test('with() checks again', () => {
  const config = defineConfig({ root, environment: {} })
  assert.throws(() => config.with({ PORT: 'http', DATABASE_URL: 'oracle://x' }), ConfigError)
})

test('with() reads settings of the project too', () => {
  const config = defineConfig({ root, settings: { TITLE: text() }, environment: { TITLE: 'Shop' } })
  const title: string = config.with({ TITLE: 'Store' }).TITLE
  assert.equal(title, 'Store')
})

test('with() can put the results back into the job store', () => {
  const config = defineConfig({
    root,
    environment: { AGENDA_RESULTS_URL: 'sqlite:results.sqlite3' },
  })
  assert.equal(config.with({ AGENDA_RESULTS_URL: undefined }).AGENDA_RESULTS_URL, undefined)
})

test('with() refuses a key that nothing reads, and names the nearest', () => {
  const config = defineConfig({ root, environment: {} })
  assert.throws(() => config.with({ DATABSE_URL: 'sqlite::memory:' }), {
    problems: [
      {
        key: 'DATABSE_URL',
        seen: 'a key that nothing reads',
        expected: 'a known key; the nearest is DATABASE_URL',
      },
    ],
  })
})

for (const where of ['defaults', 'environments'] as const) {
  test(`${where} refuse a key that nothing reads`, () => {
    const values = where === 'defaults' ? { PROT: 1 } : { development: { PROT: 1 } }
    const attempt = () => defineConfig({ root, [where]: values, environment: {} })
    assert.throws(attempt, { message: /PROT: expected a known key; the nearest is PORT/ })
  })
}

test('with() does not show in what is printed', () => {
  const config = defineConfig({ root, environment: {} })
  assert.ok(!Object.keys(config).includes('with'))
})
