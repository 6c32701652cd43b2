import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import createKnex from 'knex'
import { MongoClient } from 'mongodb'

/** Each server that a test may need: what it is, and the variable that says where it is. */
const servers = {
  postgres: { title: 'PostgreSQL', variable: 'TEST_POSTGRES_URL' },
  mysql: { title: 'MariaDB or MySQL', variable: 'TEST_MYSQL_URL' },
  redis: { title: 'Redis', variable: 'TEST_REDIS_URL' },
  mongodb: { title: 'a MongoDB replica set', variable: 'TEST_MONGODB_URL' },
}

export type Server = keyof typeof servers

/** @throws Error when the server is not there: a test that asks skips with `skipWithout`. */
export function serverUrl(kind: Server): string {
  const url = process.env[servers[kind].variable]
  if (!url) throw new Error(`This test ${need(kind)}.`)
  return url
}

/**
 * For the option of that name: `test('…', { skip: skipWithout('postgres') }, …)`.
 *
 * @returns false when the server is there, otherwise how to get it
 */
export function skipWithout(kind: Server): string | false {
  return process.env[servers[kind].variable] ? false : need(kind)
}

function need(kind: Server): string {
  const { title, variable } = servers[kind]
  return `needs ${title}: set ${variable}, see CONTRIBUTING.md`
}

/** A database of a test's own. */
export interface FreshDatabase {
  url: string
  drop(): Promise<void>
}

/** Makes an empty database with a random name on the server of `kind`. */
export async function freshDatabase(kind: Exclude<Server, 'redis'>): Promise<FreshDatabase> {
  const name = `atelier_${randomBytes(6).toString('hex')}`
  const url = new URL(serverUrl(kind))
  url.pathname = name
  if (kind === 'mongodb') return { url: url.href, drop: () => dropMongo(url.href) }
  await runSql(kind, `create database ${name}`)
  const force = kind === 'postgres' ? 'with (force)' : ''
  return { url: url.href, drop: () => runSql(kind, `drop database ${name} ${force}`) }
}

/** Keys with a random prefix on the Redis server, as a place for jobs. */
export async function freshRedis(server = serverUrl('redis')): Promise<FreshDatabase> {
  const prefix = `atelier_${randomBytes(6).toString('hex')}:`
  const url = new URL(server)
  url.searchParams.set('prefix', prefix)
  return { url: url.href, drop: () => dropKeys(server, prefix) }
}

async function dropKeys(server: string, prefix: string): Promise<void> {
  const client = new Redis(server)
  try {
    for await (const keys of client.scanStream({ match: `${prefix}*`, count: 1_000 })) {
      if ((keys as string[]).length > 0) await client.unlink(...(keys as string[]))
    }
  } finally {
    client.disconnect()
  }
}

async function runSql(kind: 'postgres' | 'mysql', statement: string): Promise<void> {
  const client = kind === 'postgres' ? 'pg' : 'mysql2'
  const knex = createKnex({ client, connection: serverUrl(kind) })
  try {
    await knex.raw(statement)
  } finally {
    await knex.destroy()
  }
}

// MongoDB makes a database when something is first written to it.
async function dropMongo(url: string): Promise<void> {
  const client = new MongoClient(url)
  try {
    await client.db().dropDatabase()
  } finally {
    await client.close()
  }
}
