import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { Type, table } from '../../../src/framework'
import { Application, defineFeature } from '../../../src/framework/application'
import { defineConfig } from '../../../src/framework/config'
import { MigrationError, RevisionError } from '../../../src/framework/errors'
import { drift, migrationCommands, readRevision } from '../../../src/framework/migrations/commands'
import { makes, migration } from './folder'

class Owner extends table('owners', {
  id: Type.Integer({ primaryKey: true }),
  name: Type.Optional(Type.String({ maxLength: 20 })),
}) {}

class Pet extends table('pets', {
  id: Type.Integer({ primaryKey: true }),
  ownerId: Type.Integer({ references: 'owners.id' }),
}) {
  static override relationMappings = () => ({
    owner: {
      relation: Pet.BelongsToOneRelation,
      modelClass: Owner,
      join: { from: 'pets.ownerId', to: 'owners.id' },
    },
  })
}

const ownersAndPets = migration(`
  await knex.schema.createTable('owners', (t: any) => void t.increments())
  await knex.schema.createTable('pets', (t: any) => {
    t.increments()
    t.integer('ownerId').notNullable().references('owners.id').index()
  })`)
const name = migration(
  `await knex.schema.alterTable('owners', (t: any) => void t.string('name', 20))`,
)

interface Prompt {
  readonly app: Application
  write(files: Record<string, string>): void
  /** Calls a command; returns what it says, a line each. */
  call(command: string, argument?: string): Promise<string[]>
}

/** Gives `body` an application with a folder of migrations and these models. */
async function atPrompt(
  models: Record<string, typeof Owner | typeof Pet>,
  body: (prompt: Prompt) => Promise<void>,
  NODE_ENV = 'development',
): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'atelier-commands-'))
  mkdirSync(join(root, 'migrations'))
  const config = defineConfig({ root, environment: { NODE_ENV, DATABASE_URL: 'sqlite:db' } })
  const app = new Application(config, [defineFeature({ name: 'pets', models })])
  try {
    await body({
      app,
      write: (files) => {
        for (const [file, text] of Object.entries(files)) {
          writeFileSync(join(root, 'migrations', `${file}.ts`), text)
        }
      },
      call: async (command, argument = '') => {
        const said: string[] = []
        const found = migrationCommands(app).find((one) => one.name === command)
        await found?.run(argument, { say: (line) => said.push(line), ask: undefined })
        return said
      },
    })
  } finally {
    await app.close()
    rmSync(root, { recursive: true })
  }
}

suite('the words after .revision', () => {
  const messages: [string, string][] = [
    ['"add nick"', 'add nick'],
    ["'add nick'", 'add nick'],
    ['add nick', 'add nick'],
    ["don't ask, 'add'", "don't ask, add"],
    ['', 'revision'],
    ['--strict "add nick" --dry-run', 'add nick'],
  ]
  for (const [words, message] of messages) {
    test(`${words || 'none'} give the message ${message}`, () => {
      assert.equal(readRevision(words).message, message)
    })
  }

  test('may have the options of npm run revision', () => {
    assert.deepEqual(
      readRevision('call it login --rename users.name:login --rename=a:b --dry-run --strict'),
      {
        message: 'call it login',
        rename: ['users.name:login', 'a:b'],
        renames: true,
        dryRun: true,
        strict: true,
      },
    )
    assert.equal(readRevision('x --no-renames').renames, false)
  })

  for (const words of ['x --force', 'x --rename', 'x -m y', 'x --strict=yes']) {
    test(`are refused where they are no option: ${words}`, () => {
      assert.throws(
        () => readRevision(words),
        (error) => error instanceof RevisionError && /It takes "what/.test(error.paragraph),
      )
    })
  }
})

suite('.migrate', () => {
  test('applies what is pending, and says each', async () => {
    await atPrompt({}, async ({ write, call }) => {
      write({ '1_pets': makes('pets'), '2_toys': makes('toys') })
      assert.deepEqual(await call('migrate'), ['Applied 1_pets', 'Applied 2_toys'])
      assert.deepEqual(await call('migrate'), ['Nothing to do: no migration is pending.'])
    })
  })

  test('takes no more words, since it would not do what they say', async () => {
    await atPrompt({}, async ({ app, write, call }) => {
      write({ '1_pets': makes('pets') })
      await assert.rejects(call('migrate', '--dry-run'), MigrationError)
      assert.equal(await app.db.schema.hasTable('pets'), false)
    })
  })

  test('lets queries that join see new columns of tables that were joined before', async () => {
    await atPrompt({ Owner, Pet }, async ({ app, write, call }) => {
      write({ '1_tables': ownersAndPets })
      await call('migrate')
      await app.db('owners').insert({ id: 1 })
      await app.db('pets').insert({ id: 1, ownerId: 1 })
      const bound = app.models.Pet as typeof Pet
      const joined = () => [bound, Pet].map((pets) => pets.query().withGraphJoined('owner'))
      await Promise.all(joined())
      write({ '2_name': name })
      await call('migrate')
      await app.db('owners').update({ name: 'Ada' })
      for (const [pet] of await Promise.all(joined())) {
        assert.deepEqual(pet?.toJSON(), { id: 1, ownerId: 1, owner: { id: 1, name: 'Ada' } })
      }
    })
  })
})

suite('.revision', () => {
  test('says what is next here when it has written something', async () => {
    await atPrompt({ Owner }, async ({ call }) => {
      const said = await call('revision', '"create owners"')
      assert.match(
        said.join('\n'),
        /^Review it, then: npx knex migrate:latest\nHere \.migrate .*$/m,
      )
      assert.equal((await call('migrate')).length, 1)
      assert.deepEqual(await call('revision'), [
        'No changes: the database holds what the models declare.',
      ])
    })
  })

  test('is refused while migrations are pending', async () => {
    await atPrompt({ Owner }, async ({ write, call }) => {
      write({ '1_owners': makes('owners') })
      await assert.rejects(call('revision'), RevisionError)
    })
  })
})

suite('a difference between models and database', () => {
  const advice = 'write a migration with .revision "what changes"'

  test('is said with how large it is', async () => {
    await atPrompt({ Owner }, async ({ app, write, call }) => {
      assert.equal(await drift(app), `Models and database differ in 1 point; ${advice}`)
      write({ '1_owners': makes('owners') })
      await call('migrate')
      assert.match((await drift(app)) ?? '', /differ in 1 point;/)
      write({ '2_name': name })
      await call('migrate')
      assert.equal(await drift(app), undefined)
    })
  })

  test('is not looked for while migrations are pending', async () => {
    await atPrompt({ Owner }, async ({ app, write }) => {
      write({ '1_pets': makes('pets') })
      assert.equal(await drift(app), undefined)
    })
  })

  for (const environment of ['production', 'test']) {
    test(`is not looked for in ${environment}`, async () => {
      await atPrompt(
        { Owner },
        async ({ app }) => assert.equal(await drift(app), undefined),
        environment,
      )
    })
  }

  test('of a database that does not answer is none', async () => {
    await atPrompt({ Owner }, async ({ app }) => {
      await app.db.destroy()
      assert.equal(await drift(app), undefined)
    })
  })
})
