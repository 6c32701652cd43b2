import assert from 'node:assert/strict'
import { test } from 'node:test'
import { format, inspect } from 'node:util'
import fc from 'fast-check'
import { defineConfig, storeUrl } from '../../../src/framework/config'
import { hidePassword } from '../../../src/framework/config/credentials'
import type { ConfigError } from '../../../src/framework/errors'

const setting = storeUrl('postgres', 'mysql', 'redis')
const root = '/nowhere'

/** The password that a driver takes from the URL: each decodes what URL gives. */
function received(text: string): string {
  return decodeURIComponent(new URL(setting.read(text)?.reveal() ?? 'none:').password)
}

const passwords = [
  'p@ssword',
  'p%ssword',
  '50%ab-off',
  '100%',
  'pass:word',
  'pass/word',
  'pass#word',
  'pass?word',
  '//slashes',
  '?first@last',
  '#first/last',
  'a@b/c',
  'a/b@c',
  'pass word',
  '[bracket]',
  'ünïcödé',
]

for (const password of passwords) {
  test(`the password ${password} typed as it is reaches the driver`, () => {
    assert.equal(received(`postgres://me:${password}@localhost:5432/app?x=1`), password)
  })

  test(`the password ${password} typed with escapes reaches the driver`, () => {
    assert.equal(received(`mysql://me:${encodeURIComponent(password)}@localhost/app`), password)
  })

  for (const typed of [password, encodeURIComponent(password)]) {
    test(`the password ${typed} is hidden wherever its URL is printed`, () => {
      const url = setting.read(`postgres://me:${typed}@localhost/app`)
      const shown = [
        String(url),
        `${url}`,
        ['', url].join(''),
        JSON.stringify({ url }),
        inspect(url),
        inspect({ url }),
        format('%s %o %j', url, url, url),
      ]
      for (const text of shown) {
        assert.ok(!text.includes(password) && !text.includes(typed), text)
        assert.match(text, /postgres:\/\/me:\*\*\*@localhost\/app/)
      }
    })

    test(`the password ${typed} is hidden in the problem of a URL that cannot be used`, () => {
      const attempt = () =>
        defineConfig({ root, environment: { DATABASE_URL: `oracle://me:${typed}@localhost/app` } })
      assert.throws(attempt, (error: ConfigError) => {
        const texts = [error.paragraph, JSON.stringify(error.problems), inspect(error)]
        return texts.every((text) => !text.includes(password) && !text.includes(typed))
      })
    })
  }
}

test('a name with @ goes with a password', () => {
  const url = setting.read('mysql://me@server:p@ss@localhost/app')
  const { username, password, hostname } = new URL(url?.reveal() ?? 'none:')
  assert.deepEqual([username, password, hostname], ['me%40server', 'p%40ss', 'localhost'])
  assert.equal(String(url), 'mysql://me%40server:***@localhost/app')
})

test('a password without a name stays a password', () => {
  const url = setting.read('redis://:secret@localhost/0')
  assert.deepEqual(
    [url?.reveal(), String(url)],
    ['redis://:secret@localhost/0', 'redis://:***@localhost/0'],
  )
})

test('a name without a password stays a name', () => {
  assert.equal(setting.read('postgres://me@localhost/app')?.reveal(), 'postgres://me@localhost/app')
})

test('what could be read in two ways is refused', () => {
  assert.equal(setting.read('postgres://me:a@b?c@localhost/app'), undefined)
  assert.equal(setting.read('postgres://me:a@b#c@localhost/app'), undefined)
})

test('the parts of a configuration print without passwords', () => {
  const password = 'hunter22'
  const DATABASE_URL = `postgres://me:${password}@localhost/app?sslpassword=${password}`
  const config = defineConfig({
    root,
    environment: { DATABASE_URL, AGENDA_URL: `mongodb://:${password}@localhost` },
  })
  for (const text of [inspect(config, { depth: 9, showHidden: true }), JSON.stringify(config)]) {
    assert.ok(!text.includes(password), text)
  }
})

for (const [typed, shown] of [
  ['postgres://me:secret@localhost/app', 'postgres://me:***@localhost/app'],
  ['postgres://root@localhost:5432/app', 'postgres://root@localhost:5432/app'],
  ['postgres://localhost:5432/app', 'postgres://localhost:5432/app'],
  ['postgres://[::1]:5432/app', 'postgres://[::1]:5432/app'],
  [
    'postgres://localhost/app?user=me&password=secret&x=1',
    'postgres://localhost/app?user=me&password=***&x=1',
  ],
  ['mongodb://one:27017,two:27018/app', 'mongodb://one:27017,two:27018/app'],
  ['postgres://me:secret', 'postgres://me:***'],
  ['postgres:me:secret@localhost', 'postgres:***@localhost'],
  ['postgres:/me:secret@localhost', 'postgres:***@localhost'],
  ['me:secret@localhost', 'me:***@localhost'],
  ['nonsense', 'nonsense'],
] as const) {
  test(`${typed} is printed as ${shown}`, () => assert.equal(hidePassword(typed), shown))
}

/** A password of six letters or more that is no part of the text around it. */
function passwordFor(...around: string[]) {
  const printable = fc.oneof(
    fc.string({ minLength: 6 }),
    fc.string({ minLength: 6, unit: 'grapheme' }),
  )
  return printable.filter((password) => !around.some((text) => text.includes(password)))
}

for (const [before, after] of [
  ['postgres://me:', '@localhost:5432/app'],
  ['mysql://me@server:', '@localhost/app?ssl=true'],
  ['redis://:', '@localhost'],
  ['oracle://me:', '@localhost'],
  ['me:', '@localhost/app'],
] as const) {
  const empty = hidePassword(`${before}x${after}`)

  test(`no password is shown of ${before}…${after}, however it is typed`, () => {
    const property = fc.property(passwordFor(empty), (password) => {
      // Behind `me:` it would read as the start of a host.
      fc.pre(before !== 'me:' || !password.startsWith('//'))
      assert.ok(!hidePassword(before + password + after).includes(password))
      assert.ok(!hidePassword(before + encodeURIComponent(password) + after).includes(password))
    })
    fc.assert(property, { numRuns: 2_000 })
  })
}

test('no password is shown of a query', () => {
  const before = 'postgres://localhost:5432/app?user=me&password='
  const property = fc.property(passwordFor(`${before}***&ssl=true@`), (password) => {
    const typed = password.replaceAll('&', '%26')
    assert.ok(!hidePassword(`${before}${typed}&ssl=true`).includes(password))
  })
  fc.assert(property, { numRuns: 2_000 })
})

test('every password typed with escapes reaches the driver as it was meant', () => {
  const property = fc.property(fc.string({ minLength: 1 }), (password) => {
    assert.equal(received(`postgres://me:${encodeURIComponent(password)}@localhost/app`), password)
  })
  fc.assert(property, { numRuns: 2_000 })
})
