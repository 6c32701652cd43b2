import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Application } from '../../src/framework/application'
import { Ledger } from './ledger'
import { Child } from './processes'
import { chaosApp } from './tasks'

/** Where one trial happens: its files, and what each of its processes is told. */
export class Place {
  readonly file: string
  readonly ledger: Ledger
  readonly settings: Record<string, string>

  /** @param more settings beside the addresses; an AGENDA_URL among them is used instead of ours */
  constructor(folder: string, more: Record<string, string> = {}) {
    this.file = join(folder, 'jobs.sqlite3')
    this.ledger = new Ledger(join(folder, 'ledger'))
    const ours = { DATABASE_URL: 'sqlite::memory:', AGENDA_URL: `sqlite:${this.file}` }
    this.settings = { ...ours, ...more }
  }

  /** The application in this process, to send jobs and to ask for them. */
  app(): Application {
    return chaosApp(this.settings)
  }

  child(file: string, ...args: string[]): Child {
    return new Child(file, { ...this.settings, CHAOS_LEDGER: this.ledger.path }, args)
  }

  /** Workers that take jobs. */
  workers(count: number): Promise<Child[]> {
    const children = Array.from({ length: count }, () => this.child('worker'))
    return Promise.all(children.map((child) => child.ready()))
  }

  /** Whether the embedded store has made its file. */
  get exists(): boolean {
    return existsSync(this.file)
  }
}
