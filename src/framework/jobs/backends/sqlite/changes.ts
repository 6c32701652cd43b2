import type { Statement } from 'better-sqlite3'
import type { Change, ChangeKind } from '../../changes'
import type { SqliteFile } from './connection'

interface ChangeRow {
  readonly seq: number
  readonly kind: ChangeKind
  readonly id: string
  readonly name: string
  readonly at: number
  readonly worker: string | null
  readonly progress: number | null
}

type Listener = (changes: readonly Change[]) => void

// About 1 % of a core; a commit of another process is seen half a millisecond later on average.
const pollEvery = 1

/**
 * The changes of a file: writes them, and tells of those that were committed, by this process at
 * once, by others through SQLite's `data_version`, which changes with every foreign commit.
 */
export class SqliteChanges {
  readonly #file: SqliteFile
  readonly #listeners = new Set<Listener>()
  #timer: NodeJS.Timeout | undefined
  #version: unknown
  #versionStatement: Statement | undefined
  /** The last change that the listeners were told of. */
  #told = 0
  /** What the transaction that is open has recorded, and the number of the first of these. */
  #fresh: Change[] = []
  #first = 0

  constructor(file: SqliteFile) {
    this.#file = file
    file.follow({
      begun: () => {
        this.#fresh = []
      },
      committed: () => this.#tellOwn(),
    })
  }

  /** Writes one change, as part of a transaction. */
  record(change: Change): void {
    const { kind, id, name, at, worker = null, progress = null } = change
    const written = this.#file
      .prepare(recordSql)
      .run(kind, id, name, at.getTime(), worker, progress)
    if (this.#listeners.size === 0) return
    if (this.#fresh.length === 0) this.#first = Number(written.lastInsertRowid)
    this.#fresh.push(change)
  }

  /** Calls `listener` after commits, until the returned function is called. */
  follow(listener: Listener): () => void {
    this.#timer ??= this.#start()
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#stop()
    }
  }

  /** Ends the watch; whoever waits is called once more, and finds the file closed. */
  close(): void {
    this.#stop()
    this.#announce([])
    this.#listeners.clear()
  }

  #start(): NodeJS.Timeout {
    this.#told = this.#file
      .prepare('select coalesce(max(seq), 0) from changes')
      .pluck()
      .get() as number
    this.#version = this.#readVersion()
    return setInterval(() => this.#look(), pollEvery)
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    const version = this.#readVersion()
    if (version === this.#version) return
    this.#version = version
    this.#tell()
  }

  // A file that cannot be read has no news; whoever reads it next is told why.
  #readVersion(): unknown {
    try {
      this.#versionStatement ??= this.#file.prepare('pragma data_version').pluck()
      return this.#versionStatement.get()
    } catch {
      return undefined
    }
  }

  /** Our own changes need not be read, unless others have written some in between. */
  #tellOwn(): void {
    const changes = this.#fresh
    this.#fresh = []
    if (changes.length === 0) return
    if (this.#first !== this.#told + 1) return this.#tell()
    this.#told += changes.length
    this.#announce(changes)
  }

  #tell(): void {
    if (this.#listeners.size === 0) return
    try {
      const rows = this.#file.prepare(newsSql).all(this.#told) as ChangeRow[]
      this.#told = rows.at(-1)?.seq ?? this.#told
      if (rows.length > 0) this.#announce(rows.map(toChange))
    } catch {
      // Told after the next commit.
      this.#version = undefined
    }
  }

  #announce(changes: readonly Change[]): void {
    for (const listener of [...this.#listeners]) listener(changes)
  }
}

/** Writes a change: kind, id, name, at, worker, progress. */
export const recordSql =
  'insert into changes (kind, id, name, at, worker, progress) values (?, ?, ?, ?, ?, ?)'
const newsSql = 'select * from changes where seq > ? order by seq'

function toChange(row: ChangeRow): Change {
  const { kind, id, name, at, worker, progress } = row
  return {
    kind,
    id,
    name,
    at: new Date(at),
    worker: worker ?? undefined,
    progress: progress ?? undefined,
  }
}
