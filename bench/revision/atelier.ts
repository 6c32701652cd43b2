import { cp, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Project } from './project'

const root = join(__dirname, '../..')
const withTypes = ['-r', './src/framework/register.cjs']

/** Makes a project of Atelier: a copy of this one, with tables of its own. */
export async function atelier(folder: string): Promise<Project> {
  for (const part of ['src', 'scripts', 'knexfile.ts', 'package.json', 'tsconfig.json']) {
    await cp(join(root, part), join(folder, part), { recursive: true })
  }
  await linkPackages(folder)
  await rm(join(folder, 'src/features'), { recursive: true })
  await mkdir(join(folder, 'src/features/items'), { recursive: true })
  await mkdir(join(folder, 'migrations'))
  await writeFile(join(folder, 'src/features/items/index.ts'), feature)
  return {
    name: 'Atelier',
    folder,
    models: 'src/features/items/models.ts',
    comment: '//',
    migrations: 'migrations',
    ending: '.ts',
    modelsOf,
    addressOf: (address) => address,
    // What `npm run revision` starts; npm itself takes as long for everything.
    revise: node([...withTypes, 'scripts/revision.ts', '-m', 'items']),
    apply: node(['node_modules/knex/bin/cli.js', 'migrate:latest']),
  }
}

function node(args: string[]) {
  return { program: process.execPath, args }
}

/** One by one, so that what is compiled is kept in a cache of the copy's own. */
async function linkPackages(folder: string): Promise<void> {
  const packages = join(folder, 'node_modules')
  await mkdir(packages)
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (name !== '.cache') await symlink(join(root, 'node_modules', name), join(packages, name))
  }
}

const feature = `import { defineFeature } from '../../framework'
import * as models from './models'

export default defineFeature({ name: 'items', models: { ...models } })
`

function modelsOf(tables: number, more: boolean): string {
  const models = Array.from({ length: tables }, (_, at) => model(at, more && at === tables - 1))
  return `import { Type, table } from '../../framework'\n\n${models.join('\n')}`
}

function model(at: number, more: boolean): string {
  const before = at > 0 ? `\n  before: Type.Integer({ references: 'item_${at - 1}.id' }),` : ''
  const added = more ? '\n  added: Type.Optional(Type.String({ maxLength: 40 })),' : ''
  return `export class Item${at} extends table(
  'item_${at}',
  {
    id: Type.Integer({ primaryKey: true }),
    code: Type.String({ maxLength: 40, unique: true }),
    title: Type.String({ maxLength: 120 }),
    body: Type.String(),
    made: Type.String({ format: 'date-time' }),
    done: Type.Boolean({ default: false }),${before}${added}
  },
  { indexes: [['title', 'made']] },
) {}
`
}
