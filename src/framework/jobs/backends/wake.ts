import {
  BaseNotificationChannel,
  type JobNotification,
  type NotificationChannel,
  toJobId,
} from 'agenda'

/**
 * The channel that wakes Agenda's processor: from this process (`wake`), and from others through
 * a store's own channel or watcher.
 */
export class WakeChannel extends BaseNotificationChannel {
  readonly #inner: () => NotificationChannel | undefined

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
    await this.#inner()?.disconnect()
  }

  override async publish(notification: JobNotification): Promise<void> {
    await this.#inner()?.publish(notification)
  }

  /** Lets the processor look for due jobs of this task at once. */
  wake(name: string): void {
    const now = new Date()
    const notification = {
      jobId: toJobId(''),
      jobName: name,
      nextRunAt: now,
      priority: 0,
      timestamp: now,
    }
    void this.notifyHandlers(notification)
  }
}
