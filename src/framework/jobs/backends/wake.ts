import {
  BaseNotificationChannel,
  type JobNotification,
  type NotificationChannel,
  toJobId,
} from 'agenda'

// Later than that, the processor looks by itself before.
const longestAlarm = 60_000

/**
 * The channel that wakes Agenda's processor: from this process (`wake`), and from others through
 * a store's own channel or watcher.
 */
export class WakeChannel extends BaseNotificationChannel {
  readonly #inner: () => NotificationChannel | undefined
  readonly #alarms = new Map<string, NodeJS.Timeout>()

  /** @param inner the channel of the store, if it has one; asked for when connecting */
  constructor(inner: () => NotificationChannel | undefined = () => undefined) {
    super()
    this.#inner = inner
  }

  override async connect(): Promise<void> {
    const inner = this.#inner()
    inner?.subscribe((notification) => this.notifyHandlers(notification))
    inner?.on('error', (error) => this.emit('error', error))
    await inner?.connect()
    this.setState('connected')
  }

  override async disconnect(): Promise<void> {
    this.setState('disconnected')
    for (const alarm of this.#alarms.values()) clearTimeout(alarm)
    this.#alarms.clear()
    await this.#inner()?.disconnect()
  }

  override async publish(notification: JobNotification): Promise<void> {
    await this.#inner()?.publish(notification)
  }

  /** Lets the processor look for due jobs of this task at once. */
  wake(name: string): void {
    const now = new Date()
    // A processor skips what is due after its next look; this is due now, however late it is.
    const due = { jobId: toJobId(''), jobName: name, nextRunAt: new Date(0) }
    void this.notifyHandlers({ ...due, priority: 0, timestamp: now })
  }

  /** Lets the processor look at that moment; the last moment given for a task counts. */
  wakeAt(name: string, at: Date): void {
    clearTimeout(this.#alarms.get(name))
    if (this.state !== 'connected') return
    // It may have become due since somebody looked.
    const wait = Math.min(Math.max(at.getTime() - Date.now(), 1), longestAlarm)
    this.#alarms.set(
      name,
      setTimeout(() => this.wake(name), wait),
    )
  }
}
