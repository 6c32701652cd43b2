import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type, table } from '../../../src/framework'
import { createAll } from '../../../src/framework/testing'
import { onEach, withProject } from '../../support/revisions'

const id = Type.Integer({ primaryKey: true })
const to = (references: string) => Type.Optional(Type.Integer({ references }))

const circle = [
  table('owners', { id, favourite: to('pets.id') }),
  table('pets', { id, owner: to('owners.id'), parent: to('pets.id'), home: to('homes.id') }),
  table('homes', {
    id,
    keeper: to('owners.id'),
    name: Type.String({ maxLength: 9, unique: true }),
  }),
]

onEach('all tables are created, with keys that go round in circles', async (project) => {
  await project.declare(...circle)
  await createAll(project.app)
  assert.deepEqual(await project.differences(), [])
  await assert.rejects(project.app.db('pets').insert({ owner: 1 }), /foreign key/i)
})

onEach(
  'a second time creates nothing, and a third table comes beside the others',
  async (project) => {
    await project.declare(...circle)
    await createAll(project.app)
    await project.app.db('homes').insert({ name: 'Here' })
    await createAll(project.app)
    await project.declare(...circle, table('toys', { id, pet: to('pets.id') }))
    await createAll(project.app)
    assert.deepEqual(await project.app.db('homes').pluck('name'), ['Here'])
    assert.deepEqual(await project.differences(), [])
  },
)

onEach('tables that are there stay as they are', async (project) => {
  await project.app.db.schema.createTable('owners', (made) => void made.increments())
  await project.declare(table('owners', { id, age: Type.Integer() }), table('toys', { id }))
  await createAll(project.app)
  assert.deepEqual(await project.app.db.schema.hasColumn('owners', 'age'), false)
  assert.deepEqual(await project.app.db.schema.hasTable('toys'), true)
})

test('a key to what nobody has is refused, and nothing is created', () =>
  withProject(async (project) => {
    await project.declare(table('pets', { id, owner: to('owners.id') }))
    await assert.rejects(createAll(project.app), /refers to the table owners/)
    assert.equal(await project.app.db.schema.hasTable('pets'), false)
  }))
