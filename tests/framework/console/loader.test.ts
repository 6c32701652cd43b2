import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, suite, test } from 'node:test'
import { User } from '../../../src/features/users/models'
import { last, text, withSession } from './engine'

const project = mkdtempSync(join(tmpdir(), 'atelier-loader-'))
after(() => rmSync(project, { recursive: true }))

const files = {
  'package.json': '{ "name": "scratch" }',
  'data.json': '{ "key": "value" }',
  'own.ts': 'export const own: string = "own"\nexport default class Thing {}',
  'late.mts': 'export const late = await Promise.resolve("late")',
  'node_modules/plain/index.js': 'module.exports = Object.assign(() => "called", { named: 1 })',
  'node_modules/marked/index.js':
    'Object.defineProperty(exports, "__esModule", { value: true }); exports.default = "inner"',
  'node_modules/modern/package.json': '{ "type": "module", "exports": "./index.js" }',
  'node_modules/modern/index.js': 'export const named = "esm"; export default "default"',
  'node_modules/awaits/package.json': '{ "type": "module", "exports": "./index.js" }',
  'node_modules/awaits/index.js': 'export const late = await Promise.resolve("late")',
}
for (const [name, content] of Object.entries(files)) {
  mkdirSync(dirname(join(project, name)), { recursive: true })
  writeFileSync(join(project, name), content)
}

/** What the last of these cells shows in the scratch project. */
function inProject(...cells: string[]): Promise<string> {
  return withSession(
    async (session) => {
      for (const cell of cells.slice(0, -1)) await session.run(cell)
      return text(await session.run(cells.at(-1) ?? ''))
    },
    {},
    project,
  )
}

suite('an import', () => {
  const cases: Record<string, [string, string, string]> = {
    'of a project file': ['import { own } from "./own"', 'own', "'own'"],
    'of a project file by its name': ['import Thing from "./own.ts"', 'Thing.name', "'Thing'"],
    'of a JSON file': ['import data from "./data.json"', 'data.key', "'value'"],
    'of a part of Node': ['import { sep } from "node:path"', 'sep', "'/'"],
    'of what a CommonJS package is': ['import plain from "plain"', 'plain()', "'called'"],
    'of what a CommonJS package has': ['import { named } from "plain"', 'named', '1'],
    'of a package that was a module once': ['import marked from "marked"', 'marked', "'inner'"],
    'of an ESM package': [
      'import it, { named } from "modern"',
      '[it, named]',
      "[ 'default', 'esm' ]",
    ],
    'of a package that awaits': ['import { late } from "awaits"', 'late', "'late'"],
    'by a file URL': [`import { own } from "file://${project}/own.ts"`, 'own', "'own'"],
    'by a data URL': ['import it from "data:text/javascript,export default 5"', 'it', '5'],
  }
  for (const [what, [statement, expression, value]] of Object.entries(cases)) {
    test(`${what} lasts for later cells`, async () => {
      assert.equal(await inProject(statement, expression), value)
    })
  }

  test('that is written as an expression loads the same', async () => {
    assert.equal(await inProject('(await import("modern")).named'), "'esm'")
    assert.equal(await inProject('import("plain").then((it) => it.default())'), "'called'")
  })

  test('of a package that is for import only works', async () => {
    assert.equal(
      await last('import { cruise } from "dependency-cruiser"', 'cruise'),
      '[AsyncFunction: cruise]',
    )
  })

  test('of a project file is the copy that the application has', async () => {
    await withSession(async (session) => {
      await session.run('import { User } from "./src/features/users/models"')
      const outcome = await session.run('User')
      assert.ok('value' in outcome && outcome.value === User)
    })
  })

  test('of what is not there says so, and the session goes on', async () => {
    assert.match(
      await last('import nothing from "./nowhere"'),
      /^Error: Cannot find module '.\/nowhere'/,
    )
  })

  test('tells where the cell is', async () => {
    assert.equal(await inProject('import.meta.dirname'), `'${project}'`)
  })
})

test('require loads from the project', async () => {
  assert.equal(await inProject('require("./own").own'), "'own'")
})
