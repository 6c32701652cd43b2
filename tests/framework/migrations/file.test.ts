import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, suite, test } from 'node:test'
import { RevisionError } from '../../../src/framework/errors'
import { fileName, readMigrations, writeMigration } from '../../../src/framework/migrations/file'

const date = new Date('2026-12-31T23:59:59.999Z')
const named = (message: string, ...names: string[]) =>
  fileName(
    message,
    date,
    names.map((name) => ({ name, text: '', parents: undefined })),
  )

suite('the name of a migration', () => {
  for (const [message, slug] of [
    ['Create users', 'create_users'],
    ['  --  ', 'revision'],
    ['', 'revision'],
    ['🎉', 'revision'],
    ['../../etc/passwd', 'etc_passwd'],
    ['Größe & Café: naïve', 'gro_e_cafe_naive'],
    ['users.name → username', 'users_name_username'],
    ['a'.repeat(300), 'a'.repeat(60)],
    [`${'a'.repeat(59)} b`, 'a'.repeat(59)],
  ] as const) {
    test(`of '${message.slice(0, 30)}' ends in ${slug.slice(0, 30)}`, () => {
      assert.equal(named(message), `20261231235959_${slug}`)
    })
  }

  test('comes after those that are there, whatever the clock says', () => {
    assert.equal(named('x', '20261231235959_y'), '20270101000000_x')
    assert.equal(named('x', '20300228235959_y'), '20300301000000_x')
    assert.equal(named('x', '20261231235958_y'), '20261231235959_x')
    assert.equal(named('x', '001_y'), '20261231235959_x')
  })

  test('cannot come after what is after every date', () => {
    assert.throws(
      () => named('x', '2_toys'),
      (error) => error instanceof RevisionError && /comes after 2_toys\.$/.test(error.message),
    )
  })
})

suite('a migration is written', () => {
  let root = ''
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'atelier-file-'))
  })
  afterEach(() => rmSync(root, { recursive: true }))

  test('into a folder that is made for it, with nothing beside it', () => {
    assert.equal(writeMigration(root, '1_pets', 'text\n', []), 'migrations/1_pets.ts')
    assert.deepEqual(readdirSync(join(root, 'migrations')), ['1_pets.ts'])
    assert.equal(readFileSync(join(root, 'migrations/1_pets.ts'), 'utf8'), 'text\n')
  })

  test('not beside one that somebody else has written in the meantime', () => {
    const before = readMigrations(root)
    writeMigration(root, '1_pets', 'first\n', before)
    for (const name of ['1_pets', '2_toys']) {
      assert.throws(() => writeMigration(root, name, 'second\n', before), {
        message: 'Meanwhile another migration was written: 1_pets.',
      })
    }
    assert.deepEqual(
      readMigrations(root).map(({ text }) => text),
      ['first\n'],
    )
  })

  test('not where the folder is a file, which is said when it is read', () => {
    writeFileSync(join(root, 'migrations'), '')
    assert.throws(() => readMigrations(root), {
      name: 'RevisionError',
      message: /^The folder .*\/migrations cannot be read: ENOTDIR/,
    })
    assert.throws(() => writeMigration(root, '1_pets', '', []), {
      name: 'RevisionError',
      message: /^The folder .*\/migrations cannot be written: EEXIST/,
    })
  })

  test('whole or not at all', () => {
    mkdirSync(join(root, 'migrations/1_pets.ts'), { recursive: true })
    const there = [{ name: '1_pets', text: '', parents: undefined }]
    const names = () => readdirSync(join(root, 'migrations'))
    assert.throws(() => writeMigration(root, '1_pets', 'text', there), { name: 'RevisionError' })
    assert.deepEqual(names(), ['1_pets.ts'])
  })
})
