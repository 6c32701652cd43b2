import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Application, defineFeature, type FeatureDefinition } from '../../src/framework/application'
import { defineConfig } from '../../src/framework/config'
import { type RevisionOptions, revise } from '../../src/framework/migrations'
import { freshDatabase, skipWithout } from './servers'

type Declared = NonNullable<FeatureDefinition['models']>[string]

/** What became of a revision: what was said, and the file, if one was written. */
export interface Revised {
  readonly said: string[]
  readonly path: string | undefined
  readonly text: string
}

/** A project in a folder of its own, whose models a test declares and changes. */
export class Project {
  readonly root = mkdtempSync(join(tmpdir(), 'atelier-revisions-'))
  readonly #environment: Record<string, string>
  #app: Application | undefined

  constructor(DATABASE_URL = 'sqlite:db.sqlite3', NODE_ENV = 'test') {
    this.#environment = { NODE_ENV, DATABASE_URL }
    symlinkSync(join(__dirname, '../../src'), join(this.root, 'src'))
  }

  /** The application, with the models that were declared last. */
  get app(): Application {
    this.#app ??= this.#open({})
    return this.#app
  }

  /** From now on these are the models. */
  async declare(...models: Declared[]): Promise<this> {
    await this.#app?.close()
    this.#app = this.#open(Object.fromEntries(models.map((model) => [model.tableName, model])))
    return this
  }

  #open(models: NonNullable<FeatureDefinition['models']>): Application {
    const config = defineConfig({ root: this.root, environment: this.#environment })
    return new Application(config, [defineFeature({ name: 'shop', models })])
  }

  /** Writes a revision, on a day of its own. */
  async revise(options: Partial<RevisionOptions> = {}): Promise<Revised> {
    const said: string[] = []
    const path = await revise(this.app, { message: 'change', ...options }, (line) =>
      said.push(line),
    )
    return { said, path, text: path === undefined ? '' : this.read(path) }
  }

  /** What a revision would do, a line each: nothing is written. */
  async differences(options: Partial<RevisionOptions> = {}): Promise<string[]> {
    const { said } = await this.revise({ ...options, dryRun: true })
    return said.filter((line) => line.startsWith('Detected '))
  }

  /** Writes a revision of these models, and applies it. */
  async reach(...models: Declared[]): Promise<Revised> {
    await this.declare(...models)
    const revised = await this.revise({ renames: false })
    await this.migrate()
    return revised
  }

  async migrate(): Promise<void> {
    await this.app.db.migrate.latest()
  }

  async rollBack(): Promise<void> {
    await this.app.db.migrate.down()
  }

  /** The names of the files in the folder `migrations`, whatever they are. */
  get files(): string[] {
    return readdirSync(join(this.root, 'migrations'))
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8')
  }

  write(path: string, text: string): void {
    mkdirSync(join(this.root, 'migrations'), { recursive: true })
    writeFileSync(join(this.root, path), text)
  }

  rename(path: string, to: string): void {
    renameSync(join(this.root, path), join(this.root, to))
  }

  async remove(): Promise<void> {
    await this.#app?.close()
    rmSync(this.root, { recursive: true })
  }
}

/** Makes a project for `body`, and removes it. */
export async function withProject<T>(
  body: (project: Project) => Promise<T>,
  DATABASE_URL?: string,
): Promise<T> {
  const project = new Project(DATABASE_URL)
  try {
    return await body(project)
  } finally {
    await project.remove()
  }
}

const titles = { sqlite: 'SQLite', postgres: 'PostgreSQL', mysql: 'MariaDB' } as const

export type Kind = keyof typeof titles

/** One test for each kind of database. */
export function onEach(title: string, body: (project: Project, kind: Kind) => Promise<void>): void {
  test(`SQLite: ${title}`, () => withProject((project) => body(project, 'sqlite')))
  for (const kind of ['postgres', 'mysql'] as const) {
    test(`${titles[kind]}: ${title}`, { skip: skipWithout(kind) }, async () => {
      const { url, drop } = await freshDatabase(kind)
      try {
        await withProject((project) => body(project, kind), url)
      } finally {
        await drop()
      }
    })
  }
}
