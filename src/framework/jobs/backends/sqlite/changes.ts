import type { JobStateNotification } from 'agenda'
import type { Statement } from 'better-sqlite3'
import type { Change, ChangeKind } from '../../changes'
import type { SqliteFile } from './connection'

interface ChangeRow {
  readonly seq: number
  readonly kind: ChangeKind | typeof noted
  readonly id: string
  readonly name: string
  readonly at: number
  readonly worker: string | null
  readonly progress: number | null
  readonly note: string | null
}

type Listener = (changes: readonly Change[]) => void
type NoteListener = (note: JobStateNotification) => void

// Not a change of ours: what one Agenda tells the others of a job that it runs itself.
const noted = 'noted'

// About 1 % of a core; a commit of another process is seen half a millisecond later on average.
const pollEvery = 1

/**
 * The changes of a file: writes them, and tells of those that were committed, by this process at
 * once, by others through SQLite's `data_version`, which changes with every foreign commit.
 */
export class SqliteChanges {
  readonly #file: SqliteFile
  readonly #listeners = new Set<Listener>()
  readonly #noteListeners = new Set<NoteListener>()
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

  /** Writes what an Agenda tells, and tells it to the others once it is committed. */
  async note(note: JobStateNotification): Promise<void> {
    const { jobId, jobName, timestamp } = note
    const values = [noted, String(jobId), jobName, timestamp.getTime(), JSON.stringify(note)]
    await this.#file.write(() => this.#file.prepare(noteSql).run(...values))
    this.#tell()
  }

  /** Calls `listener` with what Agendas tell, while somebody follows the changes. */
  onNote(listener: NoteListener): void {
    this.#noteListeners.add(listener)
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
      const changes = rows.flatMap(toChange)
      if (changes.length > 0) this.#announce(changes)
      for (const { note } of rows) if (note) this.#announceNote(note)
    } catch {
      // Told after the next commit.
      this.#version = undefined
    }
  }

  #announce(changes: readonly Change[]): void {
    for (const listener of [...this.#listeners]) listener(changes)
  }

  #announceNote(json: string): void {
    const note = reviveDates(JSON.parse(json))
    for (const listener of this.#noteListeners) listener(note)
  }
}

const noteTimes = ['timestamp', 'retryAt', 'lastRunAt', 'lastFinishedAt']

function reviveDates(note: Record<string, unknown>): JobStateNotification {
  for (const key of noteTimes) {
    if (typeof note[key] === 'string') note[key] = new Date(note[key])
  }
  return note as unknown as JobStateNotification
}

/** Writes a change: kind, id, name, at, worker, progress. */
export const recordSql =
  'insert into changes (kind, id, name, at, worker, progress) values (?, ?, ?, ?, ?, ?)'
const noteSql = 'insert into changes (kind, id, name, at, note) values (?, ?, ?, ?, ?)'
const newsSql = 'select * from changes where seq > ? order by seq'

function toChange({ kind, id, name, at, worker, progress }: ChangeRow): Change[] {
  if (kind === noted) return []
  const about = { worker: worker ?? undefined, progress: progress ?? undefined }
  return [{ kind, id, name, at: new Date(at), ...about }]
}
