import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { sqlitePath, sqliteProblem, storeUrl } from '../../../src/framework/config'

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'atelier-sqlite-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function pathOf(text: string): string {
  const url = storeUrl('sqlite').read(text)
  assert.ok(url)
  return sqlitePath(url, '/project')
}

test('a relative file is counted from the root', () => {
  assert.equal(pathOf('sqlite:data/db.sqlite3'), '/project/data/db.sqlite3')
})

test('an absolute file stays where it is', () => {
  assert.equal(pathOf('sqlite:///var/db.sqlite3'), '/var/db.sqlite3')
  assert.equal(pathOf('sqlite:/var/db.sqlite3'), '/var/db.sqlite3')
})

test('a database in memory has no path', () => {
  assert.equal(pathOf('sqlite::memory:'), ':memory:')
  assert.equal(sqliteProblem(':memory:'), undefined)
})

test('a file that is there, or can be made, is no problem', (t) => {
  const path = join(folder(t), 'db.sqlite3')
  assert.equal(sqliteProblem(path), undefined)
  writeFileSync(path, '')
  assert.equal(sqliteProblem(path), undefined)
})

test('a missing folder is named', (t) => {
  const path = join(folder(t), 'missing', 'db.sqlite3')
  assert.match(sqliteProblem(path)?.why ?? '', /^the folder .*missing does not exist$/)
})

test('a file where the folder should be is named', (t) => {
  const file = join(folder(t), 'file')
  writeFileSync(file, '')
  assert.equal(sqliteProblem(join(file, 'db.sqlite3'))?.why, `${file} is not a folder`)
})

test('a directory in place of the file is named', (t) => {
  const path = join(folder(t), 'db.sqlite3')
  mkdirSync(path)
  assert.equal(sqliteProblem(path)?.why, `${path} is a directory`)
})

test('a file that may not be written is named, unless root asks, who may write every file', (t) => {
  const path = join(folder(t), 'db.sqlite3')
  writeFileSync(path, '')
  chmodSync(path, 0o400)
  const expected = process.getuid?.() === 0 ? undefined : `${path} is not writable`
  assert.equal(sqliteProblem(path)?.why, expected)
})
