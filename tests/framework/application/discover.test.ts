import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { discoverFeatures } from '../../../src/framework/application'
import { FeatureError } from '../../../src/framework/errors'

const framework = JSON.stringify(join(__dirname, '../../../src/framework'))
const header = `import { defineFeature, table, task, Type } from ${framework}\n`

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-features-'))
})

afterEach(() => rm(folder, { recursive: true }))

async function write(path: string, text: string): Promise<void> {
  const file = join(folder, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}

/** A folder whose feature is defined by this object. */
const feature = (name: string, definition: string, before = '') =>
  write(`${name}/index.ts`, `${header}${before}\nexport default defineFeature(${definition})\n`)

/** The paragraph of the FeatureError that discovering the folder throws. */
function refusal(): string {
  try {
    discoverFeatures(folder)
  } catch (error) {
    assert.ok(error instanceof FeatureError)
    return error.paragraph
  }
  return assert.fail('Nothing was refused.')
}

test('each folder is a feature, in the order of their names', async () => {
  for (const name of ['zebra', 'apple', 'mango']) await feature(name, `{ name: '${name}' }`)
  const names = discoverFeatures(folder).map(({ name }) => name)
  assert.deepEqual(names, ['apple', 'mango', 'zebra'])
})

test('a file beside the folders is not a feature', async () => {
  await write('notes.md', 'nothing to load')
  assert.deepEqual(discoverFeatures(folder), [])
})

test('a feature carries its models and tasks by name', async () => {
  const before = `class Pet extends table('pets', { id: Type.Integer() }) {}
    const feed = task('pets.feed', () => 'fed')`
  await feature('pets', "{ name: 'pets', models: { Pet }, tasks: { feed } }", before)
  const [pets] = discoverFeatures(folder)
  assert.deepEqual(
    [Object.keys(pets?.models ?? {}), Object.keys(pets?.tasks ?? {})],
    [['Pet'], ['feed']],
  )
})

test('a folder without an index.ts is no feature', async () => {
  await write('drafts/models.ts', 'export {}')
  assert.match(refusal(), /^The folder features\/drafts is no feature: it has no index\.ts\. Add/)
})

test('a folder whose index.ts exports something else is no feature', async () => {
  await write('misc/index.ts', "export default { name: 'misc' }")
  assert.match(refusal(), /features\/misc is no feature: its index\.ts does not export one\. Write/)
})

test('a feature with a syntax error is named, with the place of the error', async () => {
  await write('broken/index.ts', 'export default {\n  name: ,\n}')
  assert.match(refusal(), /^The feature broken does not load: [\s\S]*name: ,/)
})

test('a feature that imports what is not there is named, with what is missing', async () => {
  await write('lost/index.ts', "import './models'")
  assert.match(refusal(), /^The feature lost does not load: [\s\S]*Cannot find module '\.\/models'/)
})

test('a feature that throws when it is loaded is named, with the line', async () => {
  await write('angry/index.ts', "\nthrow new Error('not today')")
  assert.match(
    refusal(),
    /^The feature angry does not load: Error: not today[\s\S]*angry\/index\.ts:2/,
  )
})

test('two features of one name are refused', async () => {
  await feature('one', "{ name: 'same' }")
  await feature('two', "{ name: 'same' }")
  assert.match(refusal(), /^The feature same is declared twice|in same and in same/)
})

test('two tasks of one name are refused, naming both features', async () => {
  const before = "const send = task('mail.send', () => {})"
  await feature('mail', "{ name: 'mail', tasks: { send } }", before)
  await feature('post', "{ name: 'post', tasks: { deliver: send } }", before)
  assert.match(refusal(), /^The task mail\.send is declared in mail and in post\. Give one/)
})

test('a model and a task that the console would show under one name are refused', async () => {
  const before = `class Pet extends table('pets', { id: Type.Integer() }) {}
    const run = task('shop.run', () => {})`
  await feature('pets', "{ name: 'pets', models: { Pet } }", before)
  await feature('shop', "{ name: 'shop', tasks: { Pet: run } }", before)
  assert.match(refusal(), /^The name Pet is declared in pets and in shop\./)
})

test('a name that the console itself has is refused', async () => {
  await feature(
    'shop',
    "{ name: 'shop', tasks: { db: run } }",
    "const run = task('shop.run', () => {})",
  )
  assert.match(refusal(), /^The name db is declared in the console itself and in shop\./)
})
