import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Type, table } from '../../../src/framework'
import { onEach, type Project, withProject } from '../../support/revisions'

const id = Type.Integer({ primaryKey: true })
const text = Type.String({ maxLength: 50 })
const pets = (...columns: string[]) => table('pets', { id, ...texts(columns) })

function texts(columns: readonly string[]) {
  return Object.fromEntries(columns.map((column) => [column, text]))
}

/** A project with pets that have a name, and with models that call it something else. */
function withRenamed(
  models: Parameters<Project['declare']>,
  body: (project: Project) => Promise<void>,
): Promise<void> {
  return withProject(async (project) => {
    await project.reach(pets('name'))
    await project.declare(...models)
    await body(project)
  })
}

onEach('a table and a column get other names, and keep their rows', async (project) => {
  await project.reach(pets('name', 'kind'))
  await project.app.db('pets').insert({ name: 'Rex', kind: 'dog' })
  await project.declare(table('animals', { id, called: text, kind: text }))
  const { said } = await project.revise({ rename: ['pets:animals', 'pets.name:called'] })
  assert.deepEqual(said.slice(0, -2), [
    "Detected renamed table 'pets' to 'animals'",
    "Detected renamed column 'animals.name' to 'called'",
  ])
  await project.migrate()
  assert.deepEqual(await project.app.db('animals').select('called', 'kind'), [
    { called: 'Rex', kind: 'dog' },
  ])
  assert.deepEqual(await project.differences(), [])
  await project.rollBack()
  assert.deepEqual(await project.app.db('pets').select('name', 'kind'), [
    { name: 'Rex', kind: 'dog' },
  ])
})

onEach('a name that is left can be taken by something new', async (project) => {
  await project.reach(pets('name'))
  await project.app.db('pets').insert({ name: 'Rex' })
  await project.declare(table('pets', { id, old: text, name: Type.Optional(text) }))
  await project.revise({ rename: ['pets.name:old'] })
  await project.migrate()
  assert.deepEqual(await project.app.db('pets').select('old', 'name'), [{ old: 'Rex', name: null }])
  assert.deepEqual(await project.differences(), [])
})

suite('what may have another name', () => {
  test('is refused where nobody can be asked, with the options to choose from', () =>
    withRenamed([pets('nick')], async (project) => {
      await assert.rejects(project.revise(), {
        message: "The column 'pets.name' goes while 'pets.nick' comes.",
        hint: 'If it is the same under another name, add --rename pets.name:nick; if not, --no-renames.',
      })
      assert.equal(project.files.length, 1)
    }))

  test('is refused where there are several, and each of them can be said', () =>
    withRenamed([pets('nick', 'title')], async (project) => {
      await assert.rejects(project.revise(), { hint: /add --rename pets\.name:nick; if not/ })
      assert.deepEqual(await project.differences({ rename: ['pets.name:title'] }), [
        "Detected renamed column 'pets.name' to 'title'",
        "Detected added column 'pets.nick' (string(50) not null)",
      ])
    }))

  test('is said of tables that have most of their columns in common', () =>
    withRenamed([table('animals', { id, name: text })], async (project) => {
      await assert.rejects(project.revise(), { hint: /add --rename pets:animals; if not/ })
    }))

  test('is asked of somebody who is there, who may say yes', () =>
    withRenamed([pets('nick')], async (project) => {
      const asked: string[] = []
      const ask = async (question: string) => asked.push(question) > 0
      assert.deepEqual(await project.differences({ ask }), [
        "Detected renamed column 'pets.name' to 'nick'",
      ])
      assert.deepEqual(asked, [
        "The column 'pets.name' goes while 'pets.nick' comes. Is it the same under another name?",
      ])
    }))

  test('is asked of each that it could be, until there is a yes', () =>
    withRenamed([pets('nick', 'title', 'word')], async (project) => {
      let count = 0
      const ask = async (question: string) => {
        count += 1
        return question.includes('title')
      }
      const [renamed, ...added] = await project.differences({ ask })
      assert.equal(renamed, "Detected renamed column 'pets.name' to 'title'")
      assert.deepEqual([added.length, count], [2, 2])
    }))

  test('goes when the answer is always no', () =>
    withRenamed([pets('nick', 'title')], async (project) => {
      const found = await project.differences({ ask: async () => false })
      assert.equal(found.at(-1), "Detected removed column 'pets.name'")
      assert.equal(found.length, 3)
    }))

  test('goes without a question where that is said beforehand', () =>
    withRenamed([pets('nick')], async (project) => {
      const ask = () => assert.fail('It was asked.')
      assert.deepEqual(await project.differences({ renames: false, ask }), [
        "Detected added column 'pets.nick' (string(50) not null)",
        "Detected removed column 'pets.name'",
      ])
    }))

  test('goes without a question, but for what is said to have another name', () =>
    withProject(async (project) => {
      await project.reach(pets('name', 'kind'))
      await project.declare(pets('nick', 'sort'))
      const found = await project.differences({ rename: ['pets.name:nick'], renames: false })
      assert.deepEqual(found, [
        "Detected renamed column 'pets.name' to 'nick'",
        "Detected added column 'pets.sort' (string(50) not null)",
        "Detected removed column 'pets.kind'",
      ])
    }))

  test('is of no matter where nothing is written because somebody left', () =>
    withRenamed([pets('nick')], async (project) => {
      const ask = () => Promise.reject(new Error('left'))
      await assert.rejects(project.revise({ ask }), /^Error: left$/)
      assert.equal(project.files.length, 1)
    }))
})

suite('an option that cannot be', () => {
  const refused = (rename: string[], sentence: RegExp) =>
    withRenamed([pets('nick', 'title')], async (project) => {
      await assert.rejects(project.revise({ rename }), (error: Error) =>
        sentence.test(error.message),
      )
      assert.equal(project.files.length, 1)
    })

  for (const [title, rename, sentence] of [
    ['without a new name', ['pets.name'], /^--rename pets\.name says no new name\.$/],
    ['with too many names', ['a.b.c:d'], /says no new name/],
    ['of a table that is not there', ['dogs.name:nick'], /: the database has no table dogs\.$/],
    ['of a column that is not there', ['pets.age:nick'], /: the database has no column age\.$/],
    ['to what no model declares', ['pets.name:nik'], /: no model declares a column nik\.$/],
    ['to what is there', ['pets.name:id'], /: the database has a column id already\.$/],
    ['of one name to two', ['pets.name:nick', 'pets.name:title'], /: name has got another name/],
    ['of two names to one', ['pets.name:nick', 'pets.id:nick'], /: the database has a column nick/],
    ['to and fro', ['pets.name:nick', 'pets.nick:name'], /: no model declares a column name/],
    ['of Knex’s tables', ['knex_migrations:pets2'], /: the database has no table knex_migrations/],
  ] as const) {
    test(`is one ${title}`, () => refused([...rename], sentence))
  }

  test('is one of a table of others', () =>
    withRenamed([pets('name'), table('animals', { id })], async (project) => {
      await project.app.db.schema.createTable('legacy', (made) => void made.increments())
      const options = { rename: ['legacy:animals'] }
      await assert.rejects(project.revise(options), /no model and no migration made legacy/)
    }))

  test('is one of two columns that change places', () =>
    withProject(async (project) => {
      await project.reach(pets('name', 'nick'))
      const options = { rename: ['pets.name:nick', 'pets.nick:name'] }
      await assert.rejects(project.revise(options), /the database has a column nick already/)
    }))
})
