import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type StoreKind, storeUrl } from '../../../src/framework/config'

const all: StoreKind[] = ['sqlite', 'postgres', 'mysql', 'mongodb', 'redis']
const any = storeUrl(...all)

for (const [text, file] of [
  ['sqlite:db.sqlite3', 'db.sqlite3'],
  ['sqlite:./data/db.sqlite3', './data/db.sqlite3'],
  ['sqlite:../db.sqlite3', '../db.sqlite3'],
  ['sqlite:/var/lib/db.sqlite3', '/var/lib/db.sqlite3'],
  ['sqlite:///var/lib/db.sqlite3', '/var/lib/db.sqlite3'],
  ['sqlite::memory:', ':memory:'],
  ['sqlite:my data/a%20b@c.sqlite3', 'my data/a%20b@c.sqlite3'],
  ['SQLite:db.sqlite3', 'db.sqlite3'],
] as const) {
  test(`${text} is the SQLite file ${file}`, () => {
    const url = any.read(text)
    assert.deepEqual([url?.kind, url?.file], ['sqlite', file])
  })
}

for (const [text, kind] of [
  ['postgres://localhost/app', 'postgres'],
  ['postgresql://me@localhost:5432/app', 'postgres'],
  ['postgres://me:secret@[::1]:5432/app', 'postgres'],
  ['postgres://me:secret@localhost/app?sslmode=require&application_name=me@work', 'postgres'],
  ['postgres://%2Fvar%2Frun%2Fpostgresql/app', 'postgres'],
  ['mysql://root@127.0.0.1:3306/app', 'mysql'],
  ['mariadb://localhost/app', 'mysql'],
  ['mongodb://localhost:27017/app', 'mongodb'],
  ['mongodb://one:27017,two:27018,three/app?replicaSet=rs0', 'mongodb'],
  ['mongodb://me:secret@one:27017,two:27018/app', 'mongodb'],
  ['mongodb+srv://cluster.example.com/app', 'mongodb'],
  ['redis://localhost/0', 'redis'],
  ['rediss://:secret@localhost:6380', 'redis'],
] as const) {
  test(`${text} is ${kind}, and reaches the driver as it is`, () => {
    const url = any.read(text)
    assert.deepEqual([url?.kind, url?.reveal(), url?.file], [kind, text, undefined])
  })
}

for (const text of [
  '',
  'sqlite',
  'sqlite:',
  'sqlite:/',
  'sqlite://',
  'sqlite://x',
  'sqlite://localhost/x',
  'postgres://',
  'postgres:',
  'postgres:///app',
  'postgres:localhost',
  'postgres://localhost:port/app',
  'postgres://localhost:99999/app',
  'postgres://me:secret@',
  'postgres://me:secret@/app',
  'postgres://localhost/app#main',
  'oracle://localhost/app',
  'http://localhost/app',
  'db.sqlite3',
  '/var/lib/db.sqlite3',
  'localhost',
  'nonsense',
  ' sqlite:db.sqlite3',
  '://',
]) {
  test(`${JSON.stringify(text)} is refused`, () => assert.equal(any.read(text), undefined))
}

test('a URL of another kind than asked for is refused', () => {
  assert.equal(storeUrl('sqlite', 'postgres').read('mysql://localhost/app'), undefined)
})

test('what is expected shows one URL of each kind', () => {
  const expected = 'a URL such as sqlite:file.sqlite3 or redis://host/0'
  assert.equal(storeUrl('sqlite', 'redis').expected, expected)
})
