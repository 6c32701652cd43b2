import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { defineConfig, integer, oneOf, text } from '../../../src/framework/config'

/** A project's folder with this `.env`, gone after the test. */
function rootWith(t: TestContext, lines: string): string {
  const root = mkdtempSync(join(tmpdir(), 'atelier-env-'))
  t.after(() => rmSync(root, { recursive: true }))
  writeFileSync(join(root, '.env'), lines)
  return root
}

test('the file .env in the root sets what the environment does not', (t) => {
  const root = rootWith(t, 'PORT=4000\nHOST=0.0.0.0\n')
  const config = defineConfig({ root, environment: {} })
  assert.deepEqual([config.HOST, config.PORT], ['0.0.0.0', 4000])
})

test('.env may choose the environment', (t) => {
  const config = defineConfig({ root: rootWith(t, 'NODE_ENV=production\n'), environment: {} })
  assert.equal(config.NODE_ENV, 'production')
})

test('a variable of the process wins over .env', (t) => {
  const config = defineConfig({ root: rootWith(t, 'PORT=4000\n'), environment: { PORT: '5000' } })
  assert.equal(config.PORT, 5000)
})

test('.env wins over the defaults of the project', (t) => {
  const root = rootWith(t, 'PORT=4000\n')
  const config = defineConfig({ root, environment: {}, defaults: { PORT: 6000 } })
  assert.equal(config.PORT, 4000)
})

test('with NODE_ENV=test the file .env is not read', (t) => {
  const root = rootWith(t, 'DATABASE_URL=sqlite:precious.sqlite3\nPORT=nonsense\n')
  const config = defineConfig({ root, environment: { NODE_ENV: 'test' } })
  assert.equal(String(config.DATABASE_URL), 'sqlite:db.sqlite3')
})

test('a root without .env is fine', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'atelier-env-'))
  t.after(() => rmSync(root, { recursive: true }))
  assert.equal(defineConfig({ root, environment: {} }).PORT, 3000)
})

test('an empty variable counts as one that is not set', (t) => {
  const root = rootWith(t, 'PORT=\n')
  const config = defineConfig({ root, environment: { HOST: '', NODE_ENV: '', AGENDA_URL: '' } })
  assert.deepEqual([config.PORT, config.HOST, config.NODE_ENV], [3000, '127.0.0.1', 'development'])
})

test('an empty variable of the process does not hide the one in .env', (t) => {
  const config = defineConfig({ root: rootWith(t, 'PORT=4000\n'), environment: { PORT: '' } })
  assert.equal(config.PORT, 4000)
})

test('an empty variable does not count as an unknown AGENDA_ key', (t) => {
  const config = defineConfig({ root: rootWith(t, 'AGENDA_RESULT_URL=\n'), environment: {} })
  assert.equal(config.AGENDA_RESULTS_URL, undefined)
})

test('quotes and comments in .env are not part of a value', (t) => {
  const root = rootWith(t, "# where we keep things\nDATABASE_URL='sqlite:my data.sqlite3' # here\n")
  const config = defineConfig({ root, environment: {} })
  assert.equal(config.DATABASE_URL.file, 'my data.sqlite3')
})

test('a password with # in quotes reaches the setting whole', (t) => {
  const root = rootWith(t, 'DATABASE_URL="postgres://me:a%23b#c@localhost/app"\n')
  const url = new URL(defineConfig({ root, environment: {} }).DATABASE_URL.reveal())
  assert.equal(decodeURIComponent(url.password), 'a#b#c')
})

test('a whole number is read within its bounds only', () => {
  const port = integer(0, 65_535)
  const seen = ['0', '65535', '65536', '-1', '3.5', '1e3', '0x10', ' 80', '80 ', ''].map(port.read)
  assert.deepEqual(seen, [0, 65_535, ...Array(8).fill(undefined)])
})

test('a whole number without an upper bound says only its lower one', () => {
  assert.equal(integer(10).expected, 'a whole number of at least 10')
  assert.equal(integer(1, 9).expected, 'a whole number from 1 to 9')
})

test('a number too large to be exact is refused', () => {
  assert.equal(integer(0).read('9007199254740993'), undefined)
})

test('one of several words is read as it is written', () => {
  const level = oneOf('low', 'high')
  assert.deepEqual(['low', 'high', 'HIGH', ''].map(level.read), [
    'low',
    'high',
    undefined,
    undefined,
  ])
})

test('a text may be anything but empty', () => {
  assert.deepEqual(['some words', ''].map(text().read), ['some words', undefined])
})
