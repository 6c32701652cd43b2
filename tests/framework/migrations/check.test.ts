import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type, table } from '../../../src/framework'
import { StoreUnavailableError } from '../../../src/framework/errors'
import { check } from '../../../src/framework/migrations'
import { onEach, type Project, withProject } from '../../support/revisions'

const id = Type.Integer({ primaryKey: true })
const pets = table('pets', { id })

async function checked(project: Project): Promise<{ agrees: boolean; said: string[] }> {
  const said: string[] = []
  return { agrees: await check(project.app, (line) => said.push(line)), said }
}

onEach('all is well when models, migrations and database agree', async (project) => {
  await project.reach(pets)
  const said = ['Migrations, models and database agree.']
  assert.deepEqual(await checked(project), { agrees: true, said })
})

onEach('a difference is said, and so is a migration that is not applied', async (project) => {
  await project.declare(pets)
  const { path = '' } = await project.revise()
  assert.deepEqual(await checked(project), {
    agrees: false,
    said: [`${path.slice('migrations/'.length)} is not applied.`, "Detected added table 'pets'"],
  })
  assert.equal(await project.app.db.schema.hasTable('knex_migrations'), false)
})

test('what may have another name is a difference, and not asked about', () =>
  withProject(async (project) => {
    await project.reach(table('pets', { id, name: Type.Integer() }))
    await project.declare(table('pets', { id, nick: Type.Integer() }))
    assert.equal((await checked(project)).said.length, 2)
  }))

onEach('a migration that was edited after it was applied is said', async (project) => {
  const { path = '', text } = await project.reach(pets)
  project.write(path, `${text}// More.\n`)
  const said = [`${path.slice('migrations/'.length)} was edited after it was applied.`]
  assert.deepEqual(await checked(project), { agrees: false, said })
})

test('a migration that only the database knows is said', () =>
  withProject(async (project) => {
    await project.reach(pets)
    await project.app.db('knex_migrations').insert({ name: '29990101000000_later.ts', batch: 2 })
    const said = ['29990101000000_later.ts is applied, and has no file here.']
    assert.deepEqual(await checked(project), { agrees: false, said })
  }))

test('migrations that were written side by side are said', () =>
  withProject(async (project) => {
    await project.declare(pets)
    const { text } = await project.revise({ date: new Date(0) })
    project.write('migrations/19700101000001_other.ts', text.replaceAll('pets', 'toys'))
    assert.match((await checked(project)).said[0] ?? '', /were written side by side/)
  }))

test('a database that cannot be opened is no difference', () =>
  withProject(async (project) => {
    await project.declare(pets)
    await assert.rejects(checked(project), StoreUnavailableError)
  }, 'sqlite:nowhere/db.sqlite3'))
