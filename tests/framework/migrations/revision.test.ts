import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Type, table } from '../../../src/framework'
import { MigrationError, ModelError, RevisionError } from '../../../src/framework/errors'
import { onEach, withProject } from '../../support/revisions'

const id = Type.Integer({ primaryKey: true })
const name = Type.String({ maxLength: 50 })
const pets = table('pets', { id, name })
const toys = table('toys', { id })
const date = new Date('2026-11-24T10:15:00Z')

suite('a revision', () => {
  test('says what it found, writes the file and says what to do next', () =>
    withProject(async (project) => {
      await project.declare(pets)
      const { said, path } = await project.revise({ message: 'Create pets!', date })
      assert.equal(path, 'migrations/20261124101500_create_pets.ts')
      assert.deepEqual(said, [
        "Detected added table 'pets'",
        `Generating ${path} … done`,
        'Review it, then: npx knex migrate:latest',
      ])
    }))

  test('of nothing writes nothing', () =>
    withProject(async (project) => {
      await project.reach(pets)
      const { said, path } = await project.revise()
      assert.deepEqual(said, ['No changes: the database holds what the models declare.'])
      assert.equal(path, undefined)
      assert.equal(project.files.length, 1)
    }))

  test('is the same text for the same models, message and moment', async () => {
    const write = (...models: (typeof toys | typeof pets)[]) =>
      withProject(async (project) => {
        await project.declare(...models)
        return project.revise({ date })
      })
    assert.deepEqual(await write(pets, toys), await write(toys, pets))
  })

  test('that is tried prints the file, and leaves no folder', () =>
    withProject(async (project) => {
      await project.declare(pets)
      const { said, path } = await project.revise({ dryRun: true, date })
      assert.match(said.at(-1) ?? '', /^\/\*\*\n \* change\n[\s\S]*createTable\('pets'[\s\S]*\}$/)
      assert.equal(path, undefined)
      assert.throws(() => project.files, { code: 'ENOENT' })
    }))

  test('that is to be strict refuses to lose rows, and writes nothing', () =>
    withProject(async (project) => {
      await project.reach(pets)
      await project.app.db('pets').insert({ name: 'Rex' })
      await project.declare()
      await assert.rejects(project.revise({ strict: true }), {
        message: "--strict refuses that: removing table 'pets' loses 1 row.",
        hint: 'Nothing was written.',
      })
      assert.equal(project.files.length, 1)
    }))

  test('that is to be strict may drop what is empty', () =>
    withProject(async (project) => {
      await project.reach(pets)
      await project.declare()
      const { said } = await project.revise({ strict: true })
      assert.deepEqual(said.slice(0, 2), [
        "Detected removed table 'pets'",
        "Warning: down cannot restore the rows of 'pets'.",
      ])
    }))

  test('for work on rows has no operations and names its parent', () =>
    withProject(async (project) => {
      await project.reach(pets)
      const { text, said } = await project.revise({ empty: true, message: 'greet' })
      assert.match(text, new RegExp(` \\* Parent: ${project.files[0]?.slice(0, -3)}\n`))
      assert.match(text, /up\(_knex: Knex\): Promise<void> \{\}/)
      assert.equal(said.length, 2)
      await project.migrate()
    }))
})

suite('migrations that are there', () => {
  test('have to be applied first, unless that is of no matter', () =>
    withProject(async (project) => {
      await project.declare(pets)
      const { path } = await project.revise({ date })
      await assert.rejects(project.revise(), {
        message: /^The migration 20261124101500_change is not applied to sqlite:db\.sqlite3 yet\.$/,
        hint: 'Apply first, with: npx knex migrate:latest',
      })
      const forced = await project.revise({ force: true, date })
      assert.equal(forced.path, path?.replace('00_change', '01_change'))
    }))

  test('that only the database knows are named', () =>
    withProject(async (project) => {
      await project.reach(pets)
      await project.app.db('knex_migrations').insert({ name: '29990101000000_later.ts', batch: 2 })
      await assert.rejects(
        project.revise(),
        (error) => error instanceof MigrationError && /29990101000000_later/.test(error.message),
      )
    }))

  test('written side by side are joined by another one', () =>
    withProject(async (project) => {
      await project.declare(pets)
      const { text } = await project.revise({ date })
      project.write('migrations/20261124101600_other.ts', text.replaceAll('pets', 'dogs'))
      await assert.rejects(project.revise(), {
        message: /20261124101500_change and 20261124101600_other were written side by side/,
        hint: 'Join them with: npm run revision -- --merge',
      })
      const merged = await project.revise({ merge: true, message: 'merge', date })
      assert.match(merged.text, / \* Parent: 20261124101500_change, 20261124101600_other\n/)
      await project.migrate()
      assert.deepEqual(await project.differences(), ["Detected removed table 'dogs'"])
    }))

  test('that follow one another cannot be joined', () =>
    withProject(async (project) => {
      await project.reach(pets)
      await assert.rejects(project.revise({ merge: true }), /There is nothing to merge/)
    }))
})

suite('what cannot be', () => {
  const refused = async (
    sentence: RegExp,
    kind: typeof ModelError | typeof RevisionError,
    model: typeof pets,
  ) =>
    withProject(async (project) => {
      await project.declare(model)
      await assert.rejects(
        project.revise(),
        (error) => error instanceof kind && sentence.test(error.message),
      )
      assert.throws(() => project.files, { code: 'ENOENT' })
    })
  const long = 'x'.repeat(80)
  const to = (references: string) => Type.Integer({ references })

  test('a name of 80 characters is refused', () =>
    refused(/^The name of the table x+ has 80 bytes/, ModelError, table(long, { id }) as never))

  test('a key to a table that nobody has is refused', () =>
    refused(
      /^The foreign key of pets\(owner\) refers to the table owners, which no model declares/,
      RevisionError,
      table('pets', { id, owner: to('owners.id') }) as never,
    ))

  test('a key to a column that is not there, or not unique, is refused', async () => {
    const missing = table('pets', { id, owner: to('pets.nick') })
    await refused(/refers to pets\.nick, which is no column\.$/, RevisionError, missing as never)
    const plain = table('pets', { id, owner: to('pets.age'), age: Type.Integer() })
    await refused(
      /refers to pets\(age\), which is neither its key nor unique/,
      RevisionError,
      plain as never,
    )
  })
})

onEach(
  'a type that the database does not know is refused, and its table named',
  async (project, kind) => {
    await project.declare(toys, table('pets', { id, name: Type.String({ storage: 'nonsense' }) }))
    // SQLite takes any.
    if (kind === 'sqlite') return void assert.ok((await project.revise()).path)
    await assert.rejects(project.revise(), {
      message: /^(PostgreSQL|MariaDB) refuses the table pets: .*nonsense.*\.$/,
      hint: 'Correct its model.',
    })
  },
)
