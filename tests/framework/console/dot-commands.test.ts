import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, suite, test } from 'node:test'
import { scratchProject } from '../../support/scratch'
import { Terminal } from '../../support/terminal'

let project: Awaited<ReturnType<typeof scratchProject>>
let asCloned: { models: string; migrations: string[] }
before(async () => {
  project = await scratchProject()
  asCloned = { models: readFileSync(models(), 'utf8'), migrations: migrations() }
})
after(() => project.drop())

const models = () => join(project.folder, 'src/features/users/models.ts')
const migrations = () => readdirSync(join(project.folder, 'migrations'))
const added = () => migrations().filter((file) => !asCloned.migrations.includes(file))

afterEach(() => {
  writeFileSync(models(), asCloned.models)
  for (const file of added()) rmSync(join(project.folder, 'migrations', file))
  for (const end of ['', '-wal', '-shm']) rmSync(`${project.folder}/db${end}`, { force: true })
})

/** Edits the model User: gives it another column, or a column another name. */
function declare(column: 'nick' | 'login'): void {
  const { models: text } = asCloned
  const more = '  nick: Type.Optional(Type.String({ maxLength: 20 })),\n}) {}'
  const edited = column === 'nick' ? text.replace('}) {}', more) : text.replace('username', 'login')
  writeFileSync(models(), edited)
}

/** Writes a migration that is newer than all others. */
function addMigration(up: string): void {
  const text = `export async function up() { ${up} }\nexport async function down() {}\n`
  writeFileSync(join(project.folder, 'migrations/29990101000000_newest.ts'), text)
}

/** Gives `body` a console at its first prompt. */
async function withConsole(
  body: (terminal: Terminal) => Promise<void>,
  NODE_ENV = 'development',
): Promise<void> {
  const settings = { NODE_ENV, DATABASE_URL: 'sqlite:db', AGENDA_URL: 'sqlite::memory:' }
  await using terminal = new Terminal('repl.ts', settings, project.folder)
  await terminal.shows(/\n> $/)
  await body(terminal)
}

/** The same with a model that is edited, once the console has said so. */
async function withEdited(
  column: 'nick' | 'login',
  body: (terminal: Terminal) => Promise<void>,
): Promise<void> {
  declare(column)
  await withConsole(async (terminal) => {
    await terminal.shows(/ differ in .*\n> $/)
    await body(terminal)
  })
}

const ctrl = { c: '\x03', d: '\x04' }
const question = /The column 'users\.username' goes .* the same under another name\? \[y\/N\] $/

suite('at the start', () => {
  test('the console says what is pending, and how to apply it here', async () => {
    await withConsole(async ({ screen }) => {
      const advice = 'apply with .migrate here, or npx knex migrate:latest'
      assert.ok(screen.startsWith(`Database sqlite:db, 1 migration pending; ${advice}\n`), screen)
    }, 'production')
  })

  test('in development it applies that, and says above the prompt where models differ', async () => {
    declare('nick')
    await withConsole(async (terminal) => {
      terminal.type('1 + 4')
      await terminal.shows(
        /differ in 1 point; write a migration with \.revision "what changes"\n> /,
      )
      await terminal.shows(/> 1 \+ 4$/)
      assert.match(terminal.screen, /^Database sqlite:db created, 1 migration applied: /)
      assert.equal(await terminal.ask('1'), '42')
    })
  })

  test('.help has a line for each command', async () => {
    await withConsole(async (terminal) => {
      const said = await terminal.ask('.help')
      assert.match(said, /^\.migrate {4}Apply the migrations that are pending$/m)
      assert.match(
        said,
        /^\.revision {3}Write a migration from the models: \.revision "what changes"/m,
      )
    })
  })
})

suite('.migrate', () => {
  test('applies what is pending, and models work at once', async () => {
    await withConsole(async (terminal) => {
      assert.match(await terminal.ask('User.query()'), /no such table/)
      assert.equal(await terminal.ask('.migrate'), 'Applied 20261125000000_create_users')
      assert.equal(await terminal.ask('User.query()'), '[]')
      assert.equal(await terminal.ask('.migrate'), 'Nothing to do: no migration is pending.')
    }, 'production')
  })

  test('that fails says why in a paragraph, and the console goes on', async () => {
    await withConsole(async (terminal) => {
      addMigration('throw new Error("half-way.")')
      const said = await terminal.ask('.migrate')
      assert.match(said, /^The migration 29990101000000_newest\.ts failed: half-way\. [^\n]+$/)
      assert.equal(await terminal.ask('1'), '1')
    })
  })

  test('lets what is typed ahead wait', async () => {
    await withConsole(async (terminal) => {
      addMigration('await new Promise((resolve) => setTimeout(resolve, 300))')
      terminal.type('.migrate\rawait db("knex_migrations").pluck("name")\r')
      await terminal.shows(/Applied 29990101000000_newest\n> (.*\n)*.*'29990101000000_newest\.ts'/)
    })
  })

  test('is no longer waited for after Ctrl-C, and goes on', async () => {
    await withConsole(async (terminal) => {
      addMigration('console.log("begun"); await new Promise((r) => { globalThis.goOn = r })')
      terminal.type('.migrate\r')
      await terminal.shows(/\nbegun/)
      terminal.type(ctrl.c)
      await terminal.shows(/\nInterrupted: no longer waiting for this line\. .*\n> $/)
      await terminal.ask('goOn()')
      await terminal.shows(/Applied 29990101000000_newest\n> $/)
    })
  })
})

suite('.revision', () => {
  test('writes a migration, which .migrate applies', async () => {
    await withEdited('nick', async (terminal) => {
      const said = await terminal.ask('.revision "add nick"')
      assert.match(said, /^Detected added column 'users\.nick' /m)
      assert.match(
        said,
        /^Generating migrations\/\d+_add_nick\.ts … done\nReview it, .*\n.*\.migrate/m,
      )
      const [file = ''] = added()
      assert.equal(await terminal.ask('.migrate'), `Applied ${file.replace('.ts', '')}`)
      await terminal.ask("const ada = { username: 'ada', email: 'ada@example.com', nick: 'a' }")
      assert.match(await terminal.ask('User.query().insert(ada)'), /nick: 'a'/)
    })
  })

  test('refuses what it does not know, and the console goes on', async () => {
    await withConsole(async (terminal) => {
      const said = await terminal.ask('.revision --force')
      assert.match(
        said,
        /^\.revision: Unknown option '--force'\. It takes "what changes" \[--rename /,
      )
      assert.equal(await terminal.ask('1'), '1')
    })
  })

  test('says when a model was edited after the console had loaded it', async () => {
    await withConsole(async (terminal) => {
      declare('nick')
      const said = await terminal.ask('.revision')
      assert.match(said, /^src\/features\/users\/models\.ts was edited after .*\nNo changes: /)
    })
  })
})

suite('a question of .revision', () => {
  /** What the console says after an answer, given in keys. */
  async function afterwards(keys: string): Promise<string> {
    let said = ''
    await withEdited('login', async (terminal) => {
      terminal.type('.revision --dry-run\r')
      await terminal.shows(question)
      const from = terminal.screen.length
      terminal.type(keys)
      await terminal.shows(/\n> $/, from)
      said = terminal.screen.slice(from)
      assert.equal(await terminal.ask('1'), '1')
    })
    return said
  }

  test('is answered with y or yes', async () => {
    const said = await afterwards('YES\r')
    assert.match(said, /^YES\nDetected renamed column 'users\.username' to 'login'\n/)
  })

  test('is answered by a line that may be corrected', async () => {
    assert.match(await afterwards('no\x7f\x7f\x7fy\x1b[D\r'), /\nDetected renamed column /)
  })

  for (const [what, keys] of [
    ['an empty line', '\r'],
    ['other words', 'yellow\r'],
    ['Ctrl-C', `y${ctrl.c}`],
    ['Ctrl-D', ctrl.d],
  ] as const) {
    test(`is answered no by ${what}`, async () => {
      assert.match(await afterwards(keys), /\nDetected removed column 'users\.username'\n/)
    })
  }

  test('is not answered by what was typed ahead, which waits', async () => {
    await withEdited('login', async (terminal) => {
      terminal.type('.revision --dry-run\r20 + 22\r')
      await terminal.shows(question)
      terminal.type('y\r')
      await terminal.shows(/Detected renamed column .*\n(.*\n)*> 20 \+ 22\n42\n> $/)
    })
  })

  test('is not asked when the line says it', async () => {
    await withEdited('login', async (terminal) => {
      const said = await terminal.ask('.revision --dry-run --rename users.username:login')
      assert.match(said, /^Detected renamed column 'users\.username' to 'login'\n/)
    })
  })
})

suite('inside of a cell', () => {
  test('a line with the name of a command belongs to the cell', async () => {
    await withConsole(async (terminal) => {
      terminal.type('db\r  .migrate\r  .currentVersion()\r')
      await terminal.shows(/\n'20261125000000'\n> $/)
    })
  })

  test('there are no commands until it has run or is given up', async () => {
    await withConsole(async (terminal) => {
      await terminal.ask('function half() {')
      const from = terminal.screen.length
      terminal.type(ctrl.c)
      await terminal.shows(/\n> $/, from)
      assert.equal(await terminal.ask('.migrate'), 'Nothing to do: no migration is pending.')
      await terminal.ask('[')
      assert.equal(await terminal.ask(']'), '[]')
      assert.equal(await terminal.ask('.migrate'), 'Nothing to do: no migration is pending.')
    })
  })

  test('that is pasted before a command, the command does not', async () => {
    await withConsole(async (terminal) => {
      terminal.type('40 + 2\r.migrate\r')
      await terminal.shows(/\n42\n> \.migrate\nNothing to do: no migration is pending\.\n> $/)
    })
  })
})
