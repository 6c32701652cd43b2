import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Knex } from 'knex'
import { Type, table } from '../../../src/framework'
import { check, reviseFromDatabase, stamp } from '../../../src/framework/migrations'
import { dialectOf } from '../../../src/framework/migrations/dialects'
import { type Kind, onEach, type Project, withProject } from '../../support/revisions'

const id = Type.Integer({ primaryKey: true })
const pets = table('pets', { id, name: Type.String({ maxLength: 9 }) })
const date = new Date('2026-11-24T10:15:00Z')
const silent = () => {}

function adopted(project: Project, options = {}): Promise<string | undefined> {
  return reviseFromDatabase(project.app, { message: 'begin', date, ...options }, silent)
}

/** A schema that nobody here has declared. */
async function makeByHand(db: Knex, kind: Kind): Promise<void> {
  await db.schema.createTable('owners', (made) => {
    made.increments()
    made.string('name', 40).notNullable().defaultTo("it's")
    made.decimal('debt', 8, 2).defaultTo(0)
    made.boolean('nice').defaultTo(true)
    made.timestamp('since').defaultTo(db.fn.now())
    made.bigInteger('favourite').unsigned()
  })
  await db.schema.createTable('pets', (made) => {
    made.bigIncrements()
    made.integer('owner').unsigned().notNullable().references('owners.id').onDelete('cascade')
    made.text('story')
    made.float('weight')
    made.unique(['owner', 'id'])
    made.index(['weight'])
    made.check('weight > 0')
  })
  await db.schema.alterTable('owners', (made) => {
    made.foreign('favourite').references('pets.id').onDelete('set null')
  })
  await db.schema.createTable('tags', (made) => {
    made.string('one', 20)
    made.string('two', 20)
    made.primary(['one', 'two'])
  })
  if (kind !== 'mysql') await db.raw('create index light on pets (weight desc) where weight < 1')
}

async function tablesOf({ app: { db } }: Project) {
  const all = await dialectOf(db).reflect(db)
  return all.filter(({ name }) => !name.startsWith('knex_'))
}

onEach('the first migration of a database makes one that is like it', async (project, kind) => {
  await makeByHand(project.app.db, kind)
  const before = await tablesOf(project)
  assert.equal(await adopted(project), 'migrations/20261124101500_begin.ts')
  await project.app.db.schema.alterTable('owners', (made) => void made.dropForeign('favourite'))
  for (const name of ['pets', 'owners', 'tags']) await project.app.db.schema.dropTable(name)
  await project.migrate()
  const byName = (tables: typeof before) => tables.map((one) => ({ ...one, ...sorted(one) }))
  assert.deepEqual(byName(await tablesOf(project)), byName(before))
  await project.rollBack()
  assert.deepEqual(await tablesOf(project), [])
})

/** What has no order of its own. */
function sorted({ indexes, foreignKeys, checks }: Awaited<ReturnType<typeof tablesOf>>[number]) {
  const by = (one: { name: string | null }, other: { name: string | null }) =>
    String(one.name) < String(other.name) ? -1 : 1
  return {
    indexes: [...indexes].sort(by),
    foreignKeys: [...foreignKeys].sort(by),
    checks: [...checks].sort(by),
  }
}

onEach('it is then noted as applied, where Knex has noted nothing yet', async (project) => {
  await project.app.db.schema.createTable('pets', (made) => {
    made.increments()
    made.string('name', 9).notNullable()
  })
  await project.declare(pets)
  await adopted(project)
  const said: string[] = []
  await stamp(project.app, (line) => said.push(line))
  assert.deepEqual(said, ['Noted 20261124101500_begin as applied'])
  assert.equal(await check(project.app, silent), true)
  await project.rollBack()
  assert.equal(await project.app.db.schema.hasTable('pets'), false)
})

suite('noting as applied', () => {
  test('is refused where the database is another than the models declare', () =>
    withProject(async (project) => {
      await project.declare(pets)
      await project.revise({ date })
      await assert.rejects(stamp(project.app, silent), {
        message: "The database does not hold what the models declare: added table 'pets'.",
        hint: 'Correct the models or the database first. Nothing was noted.',
      })
      assert.equal(await project.app.db.schema.hasTable('knex_migrations'), false)
    }))

  test('is of no matter where all are applied', () =>
    withProject(async (project) => {
      await project.reach(pets)
      const said: string[] = []
      assert.deepEqual(await stamp(project.app, (line) => said.push(line)), [])
      assert.deepEqual(said, ['All migrations are applied.'])
    }))

  test('is the way on after a process was killed between a change and its note', () =>
    withProject(async (project) => {
      await project.reach(pets)
      await project.app.db('knex_migrations').del()
      const said: string[] = []
      await stamp(project.app, (line) => said.push(line))
      assert.equal(said.length, 1)
      assert.deepEqual(await project.differences(), [])
    }))

  test('knows later whether a file was edited since', () =>
    withProject(async (project) => {
      await project.app.db.schema.createTable('pets', (made) => void made.increments())
      await project.declare(table('pets', { id }))
      const path = (await adopted(project)) ?? ''
      await stamp(project.app, silent)
      project.write(path, `${project.read(path)}// More.\n`)
      const said: string[] = []
      await check(project.app, (line) => said.push(line))
      assert.deepEqual(said, ['20261124101500_begin.ts was edited after it was applied.'])
    }))
})

suite('the first migration of a database', () => {
  test('is refused where there is one', () =>
    withProject(async (project) => {
      await project.reach(pets)
      await assert.rejects(adopted(project), /^RevisionError: There are migrations already\.$/)
    }))

  test('is refused where there are no tables but those of Knex and the job store', () =>
    withProject(async (project) => {
      for (const name of ['knex_migrations', 'agenda_jobs']) {
        await project.app.db.schema.createTable(name, (made) => void made.increments())
      }
      await assert.rejects(adopted(project), /^RevisionError: The database has no tables\.$/)
    }))

  test('names what it does not say', () =>
    withProject(async (project) => {
      const { db } = project.app
      await db.raw('create table pets (id integer primary key, name text collate nocase) strict')
      const said: string[] = []
      await reviseFromDatabase(project.app, { message: '', date }, (line) => said.push(line))
      assert.deepEqual(said.slice(0, 3), [
        "Detected added table 'pets'",
        "Warning: the file does not say of 'pets': strict.",
        "Warning: the file does not say of 'pets.name': collate nocase.",
      ])
      assert.match(project.read('migrations/20261124101500_revision.ts'), /Warning: the file does/)
    }))

  test('can be looked at before it is written', () =>
    withProject(async (project) => {
      await project.app.db.schema.createTable('pets', (made) => void made.increments())
      assert.equal(await adopted(project, { dryRun: true }), undefined)
      assert.throws(() => project.files, { code: 'ENOENT' })
    }))
})
