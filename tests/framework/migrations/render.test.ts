import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import ts from 'typescript'
import { type Revision, render } from '../../../src/framework/migrations/render'
import { column, index, table } from './dialects/contract'
import { revision } from './random-operations'

const root = join(__dirname, '../../..')

const empty: Revision = {
  message: 'any',
  date: new Date('2026-11-25T10:11:12.345Z'),
  parents: [],
  up: [],
  down: [],
  warnings: [],
  todos: new Map(),
  dialect: 'postgres',
}

const rename = { op: 'renameTable', from: 'a', to: 'b' } as const
const header = (more: Partial<Revision>) => {
  const text = render({ ...empty, ...more })
  return text.slice(0, text.indexOf('*/') + 2)
}

suite('The comment of a migration', () => {
  test('says what it is for, when it was written, what it comes after, and what it does', () => {
    assert.equal(
      header({ parents: ['1_a', '2_b'], up: [rename], warnings: ['that is odd.'] }),
      [
        '/**\n * any\n *\n * Date: 2026-11-25 10:11:12\n * Parent: 1_a, 2_b',
        " *\n * - renamed table 'a' to 'b'\n *\n * Warning: that is odd.\n */",
      ].join('\n'),
    )
  })

  test('says that it is the first', () => assert.match(header({}), /^ \* Parent: none$/m))

  test('may have several lines, and none of them ends it', () => {
    assert.match(
      header({ message: 'one\r\ntwo */ x\n\nthree ' }),
      /^\/\*\*\n \* one\n \* two \* \/ x\n \*\n \* three\n/,
    )
    assert.match(header({ warnings: ['a\n*/b'] }), /^ \* Warning: a\n \* \* \/b$/m)
  })
})

suite('A migration', () => {
  test('that only makes tables is plain Knex', () => {
    const users = table('users', [column('name', 'string(9)', { default: "'x'" })], {
      indexes: [index('users_name_index', ['name'])],
    })
    const text = render({
      ...empty,
      up: [{ op: 'createTable', table: users }],
      down: [{ op: 'dropTable', table: users }],
    })
    assert.equal(
      text.slice(text.indexOf('import')),
      `import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('users', (table) => {
    table.increments('id')
    table.string('name', 9).defaultTo('x')
    table.index(['name'], 'users_name_index')
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('users')
}
`,
    )
  })

  test('that changes tables leaves the transaction to the changes', () => {
    const text = render({ ...empty, up: [rename], down: [{ ...rename, from: 'b', to: 'a' }] })
    assert.equal(
      text.slice(text.indexOf('import')),
      `import type { Knex } from 'knex'
import { change } from '../src/framework/migrations/change'

// SQLite builds changed tables anew, with foreign keys let go: no transaction of Knex can do that.
export const config = { transaction: false }

export async function up(knex: Knex): Promise<void> {
  await change(knex, [{ op: 'renameTable', from: 'a', to: 'b' }])
}

export async function down(knex: Knex): Promise<void> {
  await change(knex, [{ op: 'renameTable', from: 'b', to: 'a' }])
}
`,
    )
  })

  test('that does nothing has room for what is written by hand', () => {
    assert.match(render(empty), /export async function up\(_knex: Knex\): Promise<void> \{\}\n/)
  })

  test('with types of one database refuses the others', () => {
    const citext = column('a', 'citext')
    const text = render({ ...empty, up: [{ op: 'addColumn', table: 't', column: citext }] })
    assert.match(text, /import \{ change, onlyOn \}/)
    assert.match(text, /onlyOn\(knex, 'postgres'\)\n {2}await change/)
  })

  test('asks where a value is missing, at the step that lacks it', () => {
    const up = [
      { op: 'addColumn', table: 't', column: column('a', 'text', { nullable: false }) },
    ] as const
    const text = render({ ...empty, up, todos: new Map([[up[0], 'say more']]) })
    assert.match(text, /column: \{ name: 'a', type: 'text' \},\n {6}\/\/ TODO: say more\n {4}\},/)
  })

  test('has a default that is too long for a line as the expression that it is', () => {
    const long = column('a', 'text', { default: `'${'x'.repeat(120)}'` })
    const text = render({ ...empty, up: [{ op: 'createTable', table: table('t', [long]) }] })
    assert.match(text, /\.defaultTo\(\n +knex\.raw\(\n +"\('x+'\)",\n +\),\n +\)/)
  })
})

suite('Any migration', () => {
  const samples = fc.sample(revision, { numRuns: 300, seed: 20261125 })
  const texts = samples.map(render)

  /** Writes them as a project has them; `work` is given its folder, and what it leaves is compared. */
  function inProject(work: (folder: string) => void): void {
    const folder = mkdtempSync(join(tmpdir(), 'atelier-render-'))
    try {
      for (const name of ['src', 'node_modules']) symlinkSync(join(root, name), join(folder, name))
      for (const name of ['biome.json', 'package.json'])
        copyFileSync(join(root, name), join(folder, name))
      mkdirSync(join(folder, 'migrations'))
      for (const [at, text] of texts.entries())
        writeFileSync(join(folder, `migrations/${at}.ts`), text)
      work(folder)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  test('is written alike each time', () => assert.deepEqual(samples.map(render), texts))

  test('is formatted as Biome would', () => {
    inProject((folder) => {
      const biome = join(root, 'node_modules/.bin/biome')
      const options = ['--write', '--vcs-enabled=false', '--max-diagnostics=none']
      execFileSync(biome, ['format', ...options, 'migrations'], { cwd: folder, stdio: 'pipe' })
      for (const [at, text] of texts.entries()) {
        assert.equal(readFileSync(join(folder, `migrations/${at}.ts`), 'utf8'), text)
      }
    })
  })

  test('is TypeScript, as strict as the project is', () => {
    inProject((folder) => {
      const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
      const settings = { ...config, include: ['migrations'] }
      settings.compilerOptions.preserveSymlinks = true
      const { options, fileNames } = ts.parseJsonConfigFileContent(settings, ts.sys, folder)
      assert.equal(fileNames.length, texts.length)
      const wrong = ts.getPreEmitDiagnostics(ts.createProgram(fileNames, options))
      const words = wrong
        .filter(({ file }) => file?.fileName.includes('/migrations/'))
        .map(({ messageText }) => messageText)
      assert.deepEqual(words, [])
    })
  })
})
