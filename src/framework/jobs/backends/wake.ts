import {
  BaseNotificationChannel,
  type JobNotification,
  type NotificationChannel,
  toJobId,
} from 'agenda'

/**
 * The channel that wakes workers: from this process (`wake`), and from others through a store's
 * own channel or changes.
 */
export class WakeChannel extends BaseNotificationChannel {
  readonly #inner: () => NotificationChannel | undefined
  #connecting: Promise<void> | undefined

  /** @param inner the channel of the store, if it has one; asked for when connecting */
  constructor(inner: () => NotificationChannel | undefined = () => undefined) {
    super()
    this.#inner = inner
  }

  /** Safe to call again, or twice at once. */
  override async connect(): Promise<void> {
    this.#connecting ??= this.#connect()
    await this.#connecting
  }

  override async disconnect(): Promise<void> {
    this.#connecting = undefined
    this.setState('disconnected')
    await this.#inner()?.disconnect()
  }

  override async publish(notification: JobNotification): Promise<void> {
    await this.#inner()?.publish(notification)
  }

  /** Lets workers look for due jobs of this task at once. */
  wake(name: string): void {
    const now = new Date()
    // A processor skips what is due after its next look; this is due now, however late it is.
    const due = { jobId: toJobId(''), jobName: name, nextRunAt: new Date(0) }
    void this.notifyHandlers({ ...due, priority: 0, timestamp: now })
  }

  async #connect(): Promise<void> {
    const inner = this.#inner()
    inner?.subscribe((notification) => this.notifyHandlers(notification))
    inner?.on('error', (error) => this.emit('error', error))
    await inner?.connect()
    this.setState('connected')
  }
}
