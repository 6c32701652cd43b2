/** What a store is used for. */
export type StoreRole = 'job store' | 'result store'

/** The setting that names the store of this role. */
export function settingOf(role: StoreRole): string {
  return role === 'job store' ? 'AGENDA_URL' : 'AGENDA_RESULTS_URL'
}
