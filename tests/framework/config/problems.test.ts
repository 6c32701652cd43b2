import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { defineConfig } from '../../../src/framework/config'
import { ConfigError } from '../../../src/framework/errors'

const root = join(tmpdir(), 'atelier-no-such-project')

/** The paragraph that a program prints for settings such as these. */
function paragraph(environment: Record<string, string>): string {
  try {
    defineConfig({ root, environment })
  } catch (error) {
    if (error instanceof ConfigError) return error.paragraph
  }
  throw new Error('The settings were accepted.')
}

test('every problem is listed at once, each with its key, what is expected and what was seen', () => {
  const environment = {
    NODE_ENV: 'staging',
    PORT: '99999',
    DATABASE_URL: 'postgres://me:hunter22@',
    AGENDA_URL: 'amqp://guest:guest22@localhost',
    AGENDA_PROCESS_EVERY: '5s',
    AGENDA_MAX_CONCURENCY: '3',
  }
  assert.equal(
    paragraph(environment),
    [
      '6 settings are not usable:',
      '  AGENDA_MAX_CONCURENCY: expected a known key; the nearest is AGENDA_MAX_CONCURRENCY, saw a key that nothing reads',
      "  NODE_ENV: expected one of development, production, test, saw 'staging'",
      "  PORT: expected a whole number from 0 to 65535, saw '99999'",
      '  DATABASE_URL: expected a URL such as sqlite:file.sqlite3 or postgres://user:password@host/database' +
        " or mysql://user:password@host/database, saw 'postgres://me:***@'",
      '  AGENDA_URL: expected a URL such as sqlite:file.sqlite3 or mongodb://host/database' +
        ' or postgres://user:password@host/database or redis://host/0,' +
        " saw 'amqp://guest:***@localhost'",
      "  AGENDA_PROCESS_EVERY: expected a whole number of at least 10, saw '5s'",
      'Set them in the environment or in .env.',
    ].join('\n'),
  )
})

test('one problem is spoken of in the singular', () => {
  assert.equal(
    paragraph({ PORT: 'http' }),
    "One setting is not usable:\n  PORT: expected a whole number from 0 to 65535, saw 'http'\n" +
      'Set them in the environment or in .env.',
  )
})

for (const [key, nearest] of [
  ['AGENDA_URI', 'AGENDA_URL'],
  ['AGENDA_RESULT_URL', 'AGENDA_RESULTS_URL'],
  ['AGENDA_CONCURRENCY', 'AGENDA_MAX_CONCURRENCY'],
  ['AGENDA_LOCK_LIFETIME', 'AGENDA_DEFAULT_LOCK_LIFETIME'],
  ['AGENDA_PROCESS_EVERYY', 'AGENDA_PROCESS_EVERY'],
] as const) {
  test(`the unknown key ${key} is refused, and ${nearest} named`, () => {
    assert.match(
      paragraph({ [key]: '1' }),
      new RegExp(`${key}: expected a known key; the nearest is ${nearest},`),
    )
  })
}

test('an unknown AGENDA_ key does not show its value', () => {
  assert.doesNotMatch(paragraph({ AGENDA_TOKEN: 'hunter22' }), /hunter22/)
})

test('keys of other programs are none of our business', () => {
  assert.equal(
    defineConfig({ root, environment: { PATH: '/bin', AGENDASH: '1', CELERY_X: '1' } }).PORT,
    3000,
  )
})

test('the problems can be read by a program as well', () => {
  assert.throws(() => defineConfig({ root, environment: { PORT: '-1' } }), {
    code: 'CONFIG_INVALID',
    problems: [{ key: 'PORT', seen: "'-1'", expected: 'a whole number from 0 to 65535' }],
  })
})
